"""Pre-registration: the plan of a study, written before its runs, and what differs from it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, TypedDict

from spanreg.registry import ConfigurationError
from spanreg.storage import damaged, hash_json, read_sealed, shape_fault, write_sealed
from spanreg.studies.define.arms import FOUND_TAG
from spanreg.studies.define.patches import expanded, merge
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.changes import changes_since, spell_field
from spanreg.studies.execute.folder import REGISTRATION, StudyReader
from spanreg.studies.execute.progress import FINISHED, RunState
from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.training.runs.differences import canonical
from spanreg.training.runs.layout import RunFolder

FORMAT: Final = 1
RULE: Final = (
    "An arm differs from the baseline if the decisive test, one two-way model of seeds and examples, has a p-value "
    "below 0.05 after Holm's correction for the number of arms; the interval has 95 %."
)
"The rule by which the report decides, in words."

_PARTS: Final = ("metric", "split", "reserve", "margin", "compare", "baseline", "folds", "slices")
"Fields of a study's record that decide what is compared and how."


class WrittenRegistration(TypedDict):
    """Content of ``registration.json``."""

    format: int
    registered: str
    hypothesis: str
    rule: str
    plan: dict[str, Any]
    tunes: bool
    trials: NotRequired[int]
    hash: str


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """Comparison of a study's results with its registration.

    ``registration_status(folder, record, states).kind``
    """

    kind: Literal["confirmatory", "exploratory"]
    differences: list[str]
    "Why the results are exploratory; empty for confirmatory ones."
    registered: str | None = None
    "Time of the registration, in UTC; None without one."
    hypothesis: str = ""
    hash: str = ""
    "Hash of the registered plan."


def register(plan: StudyPlan, record: StudyRecord, path: Path, *, trials: int = 0) -> dict[str, Any]:
    """Write the registration of a study, and return its content.

    Args:
        plan: the checked study, without tuned arms.
        record: the record that its runs would have now.
        path: the file to write.
        trials: number of search trials that have started already; above 0, the results will be exploratory.

    Raises:
        ConfigurationError: there is a registration already; an earlier one must not be replaced unnoticed.
    """
    if path.exists():
        written = read_registration(path)
        raise ConfigurationError(
            f"the study was registered on {written['registered']}", file=str(path), hint="name another folder or file"
        )
    content: dict[str, Any] = {
        "format": FORMAT,
        "registered": datetime.now(UTC).isoformat(timespec="seconds"),
        "hypothesis": plan.study.hypothesis or plan.study.about,
        "rule": RULE,
        "plan": asdict(record),
        "tunes": plan.study.search is not None,
    }
    if trials:
        # Recorded here, since a pack has no times of trials. Left out at 0, so that earlier versions read the file.
        content["trials"] = trials
    content["hash"] = _hash(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sealed(path, content)
    return content


def read_registration(path: Path) -> WrittenRegistration:
    """Return the content of a registration.

    Raises:
        DamagedFileError: it is not as it was written.
    """
    hint = "restore the file; a registration cannot be made again"
    found: Any = read_sealed(path, hint)
    if fault := shape_fault(found, WrittenRegistration):
        raise damaged(path, fault, hint)
    if fault := shape_fault(found["plan"], StudyRecord):
        raise damaged(path, f"'plan' is not that of a study: {fault}", hint)
    try:
        datetime.fromisoformat(found["registered"])
    except ValueError:
        raise damaged(path, "'registered' is not a time", hint) from None
    # Checked besides the seal: authors publish this hash, and a file without a seal is accepted.
    if found["hash"] != _hash(found):
        raise damaged(path, "its hash is not that of its content", hint)
    registration: WrittenRegistration = found
    return registration


def registered_hashes(folder: StudyReader) -> frozenset[str]:
    """Return the hashes of the files that the registered arms name; empty without a registration.

    Raises:
        DamagedFileError: the registration is not as it was written.
    """
    path = folder.path / REGISTRATION
    arms = read_registration(path)["plan"]["arms"] if path.exists() else []
    return frozenset(value for arm in arms for value in arm.get("inputs", {}).values())


def registration_status(folder: StudyReader, record: StudyRecord, states: list[RunState]) -> RegistrationStatus:
    """Return whether a study's results are confirmatory: registered before its runs, and made as registered.

    Args:
        folder: the study's folder.
        record: its plan.
        states: states of its runs.

    Raises:
        DamagedFileError: the registration is not as it was written.
    """
    path = folder.path / REGISTRATION
    if not path.exists():
        return RegistrationStatus("exploratory", ["the study was not registered before its runs"])
    registration = read_registration(path)
    found = _found_arms(folder, record) if registration["tunes"] else set()
    differences = [*_differences(registration, record, found), *_early_or_missing_runs(registration, folder, states)]
    return RegistrationStatus(
        "exploratory" if differences else "confirmatory",
        differences,
        registration["registered"],
        registration["hypothesis"],
        registration["hash"],
    )


def _found_arms(folder: StudyReader, record: StudyRecord) -> set[str]:
    """Return the arms that searches found: tuned arms, and the one with the best setting of a search of the base."""
    found = {arm.name for arm in record.arms if arm.tuned_from is not None}
    if (result := folder.search_result()) is None:
        return found
    # The tag alone proves nothing, since any arm may have it: the setting of the search must change nothing of the arm.
    setting = expanded(result["best"]["setting"])
    tagged = [arm for arm in record.arms if FOUND_TAG in arm.tags]
    return found | {arm.name for arm in tagged if canonical(merge(arm.config, setting)) == canonical(arm.config)}


def _differences(registration: WrittenRegistration, record: StudyRecord, found: set[str]) -> Iterator[str]:
    """Yield what the plan of a study differs in from the registered one.

    Args:
        registration: the registration.
        record: the plan now.
        found: arms that a registered search has added.
    """
    plan = registration["plan"]
    for name in _PARTS:
        before, now = plan.get(name), getattr(record, name)
        if before != now:
            yield f"{name}: {spell_field(before)} when registered, now {spell_field(now)}"
    arms = [PlannedArm(**arm) for arm in plan["arms"]]
    before = {arm.name for arm in arms}
    # A registered search makes its arms later; without one, they are additions.
    own = {arm.name for arm in record.arms} - (found - before)
    yield from (f"the arm '{name}' was not registered" for name in sorted(own - before))
    yield from (f"the registered arm '{name}' is missing" for name in sorted(before - own))
    # By the same comparison as for outdated runs; only configs, files and code are read of the registered plan.
    known = StudyRecord("", "", "", None, None, 0.0, [], arms, [], str(plan["code"]))
    yield from changes_since(known, record)
    seeds = {(run["arm"], run["seed"]) for run in plan["runs"]}
    now_seeds = {(run.arm, run.seed) for run in record.runs if run.arm in before & own}
    for arm in sorted({arm for arm, _ in seeds ^ now_seeds if arm in before & own}):
        one, other = (sorted(seed for name, seed in runs if name == arm) for runs in (seeds, now_seeds))
        yield f"the seeds of '{arm}': {spell_field(one)} when registered, now {spell_field(other)}"


def _early_or_missing_runs(
    registration: WrittenRegistration, folder: StudyReader, states: list[RunState]
) -> Iterator[str]:
    """Yield which runs are missing, and which runs and trials are older than the registration."""
    if trials := registration.get("trials"):
        yield f"{trials} trial{'s' * (trials > 1)} of a search started before the registration"
    if unfinished := sum(state.state != FINISHED for state in states):
        yield f"{unfinished} of {len(states)} runs are not finished"
    registered = datetime.fromisoformat(registration["registered"])
    older = [state.run.name for state in states if state.state == FINISHED and _is_older(folder, state, registered)]
    if older:
        named = ", ".join(older[:3]) + (f" and {len(older) - 3} more" if len(older) > 3 else "")
        yield f"runs that started before the registration, or at an unknown time: {named}"


def _is_older(folder: StudyReader, state: RunState, registered: datetime) -> bool:
    """Return whether a run started before the registration, or at a time that its status does not have."""
    status = RunFolder(folder.run_path(state.run)).status() or {}
    try:
        return datetime.fromisoformat(str(status["started"])) < registered
    # Unknown counts as older: a missing time must not make results confirmatory.
    except (KeyError, ValueError, TypeError):
        return True


def _hash(content: Mapping[str, Any]) -> str:
    """Return the hash to publish, which covers everything but the layout and itself."""
    names = ("registered", "hypothesis", "rule", "plan", "tunes", "trials")
    return hash_json({name: content[name] for name in names if name in content})
