"""Sides of ``spanreg diff``: a config, a run, or the arms of a study, each with its metrics if there are any."""

from __future__ import annotations

from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.config_arguments import read_params, read_values
from spanreg.registry import ConfigurationError, suggest
from spanreg.studies.define.study_file import is_study
from spanreg.training.config.experiment_plan import plan_experiment

if TYPE_CHECKING:
    from spanreg.studies.execute.folder import StudyReader

PACK = ".zip"


@dataclass(frozen=True, slots=True)
class ComparableConfig:
    """A config with the metrics of its run, or the means over the runs of its arm.

    ``read_comparable("runs/rte", arguments).single.metrics``
    """

    config: dict[str, Any]
    metrics: Mapping[tuple[str, str], float] | None = None
    "By split and figure; None without a finished run."
    of_arm: bool = False
    "An arm of a study, which sets the seeds of its runs."

    def without_seed(self) -> ComparableConfig:
        """Return the config as an arm of a study has it."""
        return replace(self, config={key: value for key, value in self.config.items() if key != "seed"})


@dataclass(frozen=True, slots=True)
class Comparable:
    """One side of a comparison.

    ``read_comparable("study.jsonnet:plain", arguments).single``
    """

    name: str
    single: ComparableConfig | None = None
    "None for a study."
    arms: Mapping[str, ComparableConfig] = field(default_factory=dict)


def read_comparable(target: str, arguments: Namespace) -> Comparable:
    """Return a config, a run, or a study; ``STUDY:ARM`` is one arm of a study, a study's folder or a pack.

    Args:
        target: the path, with an arm if there is one.
        arguments: of a command that takes ``add_config_arguments``.

    Raises:
        ConfigurationError: there is no such file or arm, or the config is wrong.
    """
    path, arm = _split(target)
    found = _read_folder(path) if is_recorded(target) else _read_file(path, arguments)
    if arm is None:
        return replace(found, name=target)
    if arm not in found.arms:
        hint = suggest(arm, found.arms, "arms") if found.arms else f"write {path}"
        raise ConfigurationError(f"there is no arm '{arm}'", file=str(path), hint=hint)
    return Comparable(target, found.arms[arm])


def is_recorded(target: str) -> bool:
    """Return whether a target is a run, or a study that was run, whose configs no override can change."""
    path, _ = _split(target)
    return path.is_dir() or path.suffix == PACK


def _split(target: str) -> tuple[Path, str | None]:
    """Split ``STUDY:ARM`` at the first colon that follows the name of a file or folder."""
    # A name of a file may have a colon itself, as a path on Windows does.
    places = [place for place, sign in enumerate(target) if sign == ":"]
    found = next((place for place in places if Path(target[:place]).exists()), None)
    if found is None or Path(target).exists():
        return Path(target), None
    return Path(target[:found]), target[found + 1 :]


def _read_file(path: Path, arguments: Namespace) -> Comparable:
    """Read a config or a study that is not run yet."""
    params = read_values(path, arguments)
    if not is_study(params):
        config = plan_experiment(read_params(params, arguments))
        # Not ``config.problems``: a config can be compared where files that it names are missing.
        if config.plan.problems:
            raise ConfigurationError(config.plan.problems)
        return Comparable(str(path), ComparableConfig(config.params.as_dict(quiet=True)))
    # Imported late: configs need nothing of studies.
    from spanreg.cli.options.study_arguments import overridden_study
    from spanreg.studies.define.plan import read_arms
    from spanreg.studies.define.study import read_study

    study = overridden_study(params, arguments)
    arms = read_arms(read_study(study), params.origin, many=arguments.yes)
    return Comparable(str(path), None, {arm.name: ComparableConfig(dict(arm.config), of_arm=True) for arm in arms})


def _read_folder(path: Path) -> Comparable:
    """Read a run, a study that was run, or a pack."""
    from spanreg.training.runs.reader import RunReader

    if (path / "config.json").exists():
        run = RunReader(path)
        has_metrics = (path / "metrics.json").exists()
        metrics = dict(_figures(run.read("metrics"))) if has_metrics else None
        return Comparable(str(path), ComparableConfig(dict(run.config()), metrics))
    # Reading packs needs pyarrow, which is slow to import.
    from spanreg.studies.exchange.pack import opened_study

    with opened_study(path) as folder:
        return Comparable(str(path), None, dict(_arms_of(folder)))


def _arms_of(folder: StudyReader) -> Iterator[tuple[str, ComparableConfig]]:
    """Yield the arms of a study that was run, with the means of their figures over the finished runs."""
    # It imports fractions and decimal, which two configs are compared without.
    from statistics import fmean

    record = folder.read()
    for arm in record.arms:
        collected: dict[tuple[str, str], list[float]] = defaultdict(list)
        for run in record.runs_of(arm.name):
            reader = folder.run(run)
            # Of a study that is still running, the means are those of the runs so far.
            if (reader.status() or {}).get("state") == "finished":
                for name, value in _figures(reader.read("metrics")):
                    collected[name].append(value)
        means = {name: fmean(values) for name, values in collected.items()}
        yield arm.name, ComparableConfig(arm.config, means or None, of_arm=True)


def _figures(metrics: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    for split, figures in metrics["splits"].items():
        for name, value in figures.items():
            yield (split, name), value
