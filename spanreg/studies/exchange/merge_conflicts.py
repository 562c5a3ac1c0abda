"""Find what keeps studies from being merged: everything that must be the same in all of them."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spanreg.registry import Problem
from spanreg.studies.exchange.text_removal import without_texts
from spanreg.studies.execute.changes import changed_inputs, spell_field
from spanreg.studies.execute.folder import REGISTRATION, StudyReader
from spanreg.studies.execute.progress import FINISHED, state_of
from spanreg.studies.execute.record import PlannedArm, PlannedRun, StudyRecord
from spanreg.studies.execute.registration import read_registration
from spanreg.training.runs.differences import canonical, differing_keys
from spanreg.training.runs.reader import RunReader

_PREDICTIONS: Final = "predictions"

_SHARED: Final = ("baseline", "metric", "split", "reserve", "margin", "compare", "slices", "until", "folds")
"Fields of a record that decide what is compared and how."

_SAME_FILE: Final = "make both the same in the study file, run it again, which keeps finished runs, and merge then"
_SAME_CODE: Final = "merge studies of one version of spanreg, of its libraries and of your packages"
_ONE_RESULT: Final = "find out which is right, and remove the run's folder from the other study"
_ONE_SEARCH: Final = "merge studies with the result of one search: copy search/ before the runs are made"
_ONE_REGISTRATION: Final = "merge studies of one registration"


@dataclass(frozen=True, slots=True)
class MergeSource:
    """A study that is merged.

    ``MergeSource("one.zip", StudyReader(unpacked), record).record.margin``
    """

    name: str
    "Its folder or pack, as the user named it."
    folder: StudyReader
    record: StudyRecord

    @property
    def is_pack(self) -> bool:
        """Return whether the study comes from a pack, so that its runs have no weights."""
        return Path(self.name).is_file()

    def finished_runs(self) -> dict[str, PlannedRun]:
        """Return the finished runs by id."""
        runs = self.record.unique_runs()
        return {run.id: run for run in runs if state_of(self.folder.run_path(run), run).state == FINISHED}


def merge_conflicts(sources: Sequence[MergeSource]) -> list[Problem]:
    """Return one problem for each difference that keeps studies from being merged.

    Each problem names the studies and what they have.

    Args:
        sources: the studies, that of the target among them if it has one.

    Raises:
        DamagedFileError: a registration or the result of a search is not as it was written.
    """
    return [
        *_field_conflicts(sources),
        *_arm_conflicts(sources),
        *_registration_conflicts(sources),
        *_search_conflicts(sources),
        *_result_conflicts(sources),
    ]


def _field_conflicts(sources: Sequence[MergeSource]) -> Iterator[Problem]:
    for name in _SHARED:
        found = {source.name: getattr(source.record, name) for source in sources}
        yield from _differing(name, found, spell_field, _SAME_FILE)
    codes = {source.name: source.record.code for source in sources}
    yield from _differing("code", codes, lambda code: f"hash {code[:12]}", _SAME_CODE)


def _arm_conflicts(sources: Sequence[MergeSource]) -> Iterator[Problem]:
    """Yield the arms of one name that are not the same in all studies, each against the first study that has it."""
    first: dict[str, tuple[str, PlannedArm]] = {}
    for source in sources:
        for arm in source.record.arms:
            name, known = first.setdefault(arm.name, (source.name, arm))
            if changes := list(_changes(known, arm)):
                problem = f"arm '{arm.name}' differs between {name} and {source.name}: {'; '.join(changes)}"
                yield Problem(problem, hint=_SAME_FILE)


def _changes(one: PlannedArm, other: PlannedArm) -> Iterator[str]:
    yield from differing_keys(one.config, other.config)
    yield from (f"the content of {file}" for file in changed_inputs(one.inputs, other.inputs))
    if one.tuned_from != other.tuned_from:
        yield f"tuned from {spell_field(one.tuned_from)} -> {spell_field(other.tuned_from)}"


def _registration_conflicts(sources: Sequence[MergeSource]) -> Iterator[Problem]:
    paths = {source.name: source.folder.path / REGISTRATION for source in sources}
    read = {name: read_registration(path) for name, path in paths.items() if path.exists()}
    hashes = {name: f"{found['registered']}, hash {found['hash'][:12]}" for name, found in read.items()}
    yield from _differing("registration", hashes, str, _ONE_REGISTRATION)


def _search_conflicts(sources: Sequence[MergeSource]) -> Iterator[Problem]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for source in sources:
        for tuning in source.folder.tunings():
            found.setdefault(f"search for arm '{tuning['arm']}'", {})[source.name] = tuning
        if (result := source.folder.search_result()) is not None:
            found.setdefault("search", {})[source.name] = result
    for what, results in found.items():
        if len({canonical(_trials_of(one)) for one in results.values()}) > 1:
            best = "; ".join(f"{_spell_setting(one)} in {name}" for name, one in results.items())
            yield Problem(f"{what} has different results: best {best}", hint=_ONE_SEARCH)


def _trials_of(found: Mapping[str, Any]) -> Any:
    """Return the part of a search's result that must agree; the folders of its trials are those of one machine."""
    trials = [{key: trial.get(key) for key in ("state", "value", "setting")} for trial in found["trials"]]
    return {"search": found["search"], "best": found["best"]["setting"], "trials": trials}


def _spell_setting(found: Mapping[str, Any]) -> str:
    setting = ", ".join(f"{key}: {value}" for key, value in found["best"]["setting"].items())
    return f"{setting} of {len(found['trials'])} trials"


def _result_conflicts(sources: Sequence[MergeSource]) -> Iterator[Problem]:
    """Yield runs that several studies have finished with different results."""
    first: dict[str, tuple[MergeSource, PlannedRun]] = {}
    for source in sources:
        for key, run in source.finished_runs().items():
            other, known = first.setdefault(key, (source, run))
            if what := _difference(other.folder, known, source.folder, run):
                problem = f"run '{run.name}' has different results in {other.name} and {source.name}: {what}"
                yield Problem(problem, hint=f"{_ONE_RESULT}: {run.folder}")


def _difference(one: StudyReader, first: PlannedRun, other: StudyReader, second: PlannedRun) -> str:
    """Return what differs in the results of two runs; empty if nothing does."""
    paths = (one.run_path(first), other.run_path(second))
    # The target may be one of the sources.
    if paths[0].resolve() == paths[1].resolve():
        return ""
    figures = [_figures(one.run(first)), _figures(other.run(second))]
    for name in sorted(figures[0].keys() & figures[1].keys()):
        # By their texts, so that "not a number" equals itself.
        if repr(figures[0][name]) != repr(figures[1][name]):
            return f"{name} is {figures[0][name]} and {figures[1][name]}"
    # A split may be scored in one of them only, by a later 'spanreg evaluate'.
    made = [{file.name for file in (path / _PREDICTIONS).glob("*.jsonl")} for path in paths]
    for name in sorted(made[0] & made[1]):
        mine, theirs = (path / _PREDICTIONS / name for path in paths)
        # By content, since copies have other times.
        if not filecmp.cmp(mine, theirs, shallow=False) and _without_texts(mine) != _without_texts(theirs):
            return f"{_PREDICTIONS}/{name}"
    return ""


def _without_texts(file: Path) -> bytes:
    """Return the predictions of a split as a pack has them: those of token tasks without their words."""
    return without_texts({file.name: file.read_bytes()}, file.parent)[file.name]


def _figures(run: RunReader) -> dict[str, Any]:
    splits = run.read("metrics")["splits"]
    return {f"{metric} on {split}": value for split, figures in splits.items() for metric, value in figures.items()}


def _differing(name: str, found: Mapping[str, Any], spelt: Callable[[Any], str], hint: str) -> Iterator[Problem]:
    """Yield a problem if studies have different values."""
    groups: dict[str, list[str]] = {}
    for source, value in found.items():
        # By their texts, since a metric may be a config, which has no hash.
        groups.setdefault(spelt(value), []).append(source)
    if len(groups) > 1:
        values = "; ".join(f"{value} in {' and '.join(sources)}" for value, sources in groups.items())
        yield Problem(f"{name} differs: {values}", hint=hint)
