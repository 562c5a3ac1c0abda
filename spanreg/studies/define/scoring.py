"""Check before any training that the compared figure and split exist in every arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from spanreg.registry import ConfigurationError, Problem, suggest, within
from spanreg.training.runs.differences import canonical

if TYPE_CHECKING:
    from spanreg.data.base import DatasetReader, MetricConfig


class ComparedArm(Protocol):
    """The parts of an arm that these checks need."""

    @property
    def name(self) -> str: ...

    @property
    def config(self) -> Mapping[str, Any]: ...


def problems_of_scoring(
    metric: MetricConfig | None, split: str | None, arms: Sequence[ComparedArm], *, reserve: float = 0.0
) -> list[Problem]:
    """Return a problem for each arm that lacks the figure or the split; data that cannot be found are skipped.

    Args:
        metric: what the study compares; None for the main figure of each task.
        split: where it compares; None for the first evaluation split.
        arms: all arms.
        reserve: the share of reserved examples; above 0, the figure must be one that can be computed for a part.
    """
    if metric is None and split is None:
        return []
    problems = []
    for names, reader in _readers(arms):
        figures = _figures(reader, parts=reserve > 0)
        if isinstance(metric, Mapping):
            problems += _problems_of_metric(metric, reader)
        elif metric is not None and metric not in figures:
            what = "figure of a part of the examples" if reserve else "figure"
            problems.append(_missing(what, metric, names, "metric", suggest(metric, figures, "figures")))
        # Missing data are reported when the study runs; a plan can be read on a machine without them.
        with suppress(ConfigurationError):
            problems += _problems_of_split(split, names, reader) if split else ()
    return problems


def _problems_of_metric(metric: Mapping[str, Any], reader: DatasetReader) -> list[Problem]:
    """Return why a metric cannot be computed for the task of a reader."""
    # Late, since it imports scikit-learn, which the plan of a study without ``metric`` and ``split`` does not need.
    from spanreg.metrics import require_fitting_metrics

    try:
        require_fitting_metrics(replace(reader.task, metrics=(metric,)))
    except ConfigurationError as error:
        # The task has the metric in a list of one; the study file has it under ``metric``.
        inner = error.problems[0].path.removeprefix("metrics").removeprefix(".0")
        return [replace(error.problems[0], path=f"metric{inner}")]
    return []


def require_splits(split: str | None, arms: Sequence[ComparedArm]) -> None:
    """Check that all arms are scored on the split.

    Args:
        split: where the study compares; None for the first evaluation split.
        arms: all arms.

    Raises:
        ConfigurationError: some are not, or data cannot be found.
    """
    problems: list[Problem] = []
    for names, reader in _readers(arms, strict=True):
        try:
            problems += _problems_of_split(split, names, reader)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))


def _problems_of_split(split: str | None, names: Sequence[str], reader: DatasetReader) -> list[Problem]:
    """Return why arms of the same data are not scored on a split.

    Raises:
        ConfigurationError: the data cannot be found.
    """
    with within("data"):
        known = reader.evaluation_splits()
    if not known:
        hint = "give data with a split that is neither training nor test"
        return [Problem(f"no split is scored in: {', '.join(names)}", "data", hint)]
    if split is None or split in known:
        return []
    return [_missing("scored split", split, names, "split", suggest(split, known, "scored splits"))]


def require_readable(arms: Sequence[ComparedArm]) -> None:
    """Read the data of all arms once, so that missing data stop a study before its first run.

    Args:
        arms: the arms to run.

    Raises:
        ConfigurationError: a split cannot be read.
    """
    problems: dict[Problem, None] = {}
    for _, reader in _readers(arms, strict=True):
        try:
            with within("data"):
                for split in ("train", *reader.evaluation_splits()):
                    reader.read(split)
        except ConfigurationError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ConfigurationError(list(problems))


def chooses_weights(config: Mapping[str, Any]) -> bool:
    """Return whether evaluations decide which weights a run ends with, or when it ends."""
    training = config.get("training") or {}
    return training.get("load") == "best" or training.get("patience") is not None


def _readers(arms: Sequence[ComparedArm], *, strict: bool = False) -> Iterator[tuple[list[str], DatasetReader]]:
    """Yield one reader for all arms of the same data, with the names of the arms."""
    from spanreg.studies.define.inputs import reader_of

    by_data: dict[str, list[ComparedArm]] = {}
    for arm in arms:
        by_data.setdefault(canonical({"data": arm.config.get("data")}), []).append(arm)
    # Arms often share their data, and reading data is the expensive part.
    for same in by_data.values():
        try:
            reader = reader_of(same[0].config)
            reader.task  # noqa: B018 (some read a file for it)
        except (ConfigurationError, KeyError):
            if strict:
                raise
            continue
        yield [arm.name for arm in same], reader


def _figures(reader: DatasetReader, *, parts: bool) -> list[str]:
    """Return the figures of a task; with ``parts``, those that can be computed for a part of the examples."""
    from spanreg.training.evaluation.criterion import LOSS, evaluation_directions

    # Predictions are stored for every example, the loss only as the mean of a split.
    return [figure for figure in evaluation_directions(reader.task) if not (parts and figure == LOSS)]


def _missing(what: str, name: str, arms: Sequence[str], path: str, hint: str) -> Problem:
    return Problem(f"there is no {what} '{name}' in: {', '.join(arms)}", path, hint)
