"""The results of a study: every arm's figures, and what the differences are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev

import numpy as np

from spanreg.metrics import evaluate
from spanreg.registry import ConfigurationError, Problem, suggest
from spanreg.studies.folder import PlannedArm, PlannedRun, Record, StudyFolder
from spanreg.studies.progress import FINISHED, RunState, run_states
from spanreg.studies.reserve import Part, rows_of
from spanreg.studies.run_results import RunResult, read_json, read_run
from spanreg.studies.statistics.additive import Additive, additive
from spanreg.studies.statistics.compare import Comparison, Runs, compare, with_correction


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm, and its finished runs."""

    arm: PlannedArm
    runs: list[RunResult]
    scores: list[float]
    "The figure that is compared, of each run."
    comparison: Comparison | None = None
    "With the baseline; None for the baseline itself, and where no seed is in common."

    @property
    def name(self) -> str:
        return self.arm.name

    @property
    def seeds(self) -> list[int]:
        return [result.run.seed for result in self.runs]

    @property
    def mean(self) -> float | None:
        return fmean(self.scores) if self.scores else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None for fewer than two."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean time of a training."""
        return fmean(result.seconds for result in self.runs) if self.runs else None

    @property
    def parameters(self) -> int | None:
        """Number of weights of the model."""
        return self.runs[0].parameters if self.runs else None


@dataclass(frozen=True, slots=True)
class StudyResults:
    """All that a study has found out so far."""

    record: Record
    split: str
    metric: str
    part: Part
    "Which of the split's examples the figures are of."
    examples: int
    arms: list[ArmResult]
    unfinished: list[RunState] = field(default_factory=list)

    @property
    def baseline(self) -> ArmResult:
        return self.arm(self.record.baseline)

    def arm(self, name: str) -> ArmResult:
        """The arm of a name."""
        return next(arm for arm in self.arms if arm.name == name)

    @property
    def caption(self) -> str:
        """What a table of these figures must say: which data, how many seeds, and that means are told."""
        counts = sorted({len(arm.scores) for arm in self.arms if arm.scores})
        seeds = " to ".join(map(str, dict.fromkeys([counts[0], counts[-1]])))
        kind = "test" if self.split.split("_")[0] == "test" else "dev"
        held = {
            "all": "",
            "report": ", without those that settings are chosen on",
            "choose": " that settings are chosen on",
        }
        lines = [
            f"{self.metric} on {self.split} ({kind}, {self.examples:,} examples{held[self.part]})",
            f"mean ± standard deviation of {seeds} seed{'' if seeds == '1' else 's'}",
            *([f"{len(self.unfinished)} runs are not finished"] if self.unfinished else []),
        ]
        return "; ".join(lines)


def read_results(folder: StudyFolder, part: Part | None = None) -> StudyResults:
    """Reads all finished runs of a study and compares every arm with the baseline.

    Args:
        folder: the study's folder.
        part: which of the split's examples count; default: all, or, where some are kept for choosing, the others.

    Raises:
        ConfigurationError: nothing is finished, a run is damaged, a metric or split is missing in an arm, or the arms
            were not run on the same examples.
    """
    record = folder.read()
    states = run_states(folder, record)
    finished = [state.run for state in states if state.state == FINISHED]
    if not finished:
        raise ConfigurationError(f"no run of the study in {folder.path} is finished", hint="run it: spanreg study run")
    split, metric = _looked_at(folder, record, finished[0])
    chosen = part or ("report" if record.reserve else "all")
    runs = [_only(read_run(run, folder.run_path(run), split), record.reserve, chosen) for run in finished]
    _require_metric(runs, split, metric)
    _require_same_examples(runs)
    arms = [_arm_result(record.arm(arm.name), runs, split, metric, chosen) for arm in record.arms]
    first = runs[0].predictions
    return StudyResults(
        record=record,
        split=split,
        metric=metric,
        part=chosen,
        examples=0 if first is None else len(first.indices),
        arms=_compared(arms, record.baseline, metric),
        unfinished=[state for state in states if state.state != FINISHED],
    )


def _looked_at(folder: StudyFolder, record: Record, run: PlannedRun) -> tuple[str, str]:
    """Split and figure that are compared: those of the study file, or the first split and the task's main figure."""
    metrics = read_json(folder.run_path(run) / "metrics.json")
    return record.split or next(iter(metrics["splits"])), record.metric or metrics["main"]


def _only(result: RunResult, reserve: float, part: Part) -> RunResult:
    if part == "all":
        return result
    if result.predictions is None:
        raise ConfigurationError(
            "examples are kept for choosing settings, but the split has no gold labels",
            path="reserve",
            hint="remove it",
        )
    rows = rows_of(result.predictions.indices, reserve, part)
    return replace(result, predictions=result.predictions.only(rows))


def _arm_result(arm: PlannedArm, runs: Sequence[RunResult], split: str, metric: str, part: Part) -> ArmResult:
    own = sorted((result for result in runs if result.run.arm == arm.name), key=lambda result: result.run.seed)
    return ArmResult(arm, own, [_score(result, split, metric, part) for result in own])


def _score(result: RunResult, split: str, metric: str, part: Part) -> float:
    if part == "all":
        return float(result.metrics["splits"][split][metric])
    assert result.predictions is not None
    return evaluate(result.task, result.predictions.predictions, result.predictions.labels)[metric]


def _require_metric(runs: Sequence[RunResult], split: str, metric: str) -> None:
    lacking = [result for result in runs if metric not in result.metrics["splits"][split]]
    if lacking:
        first = lacking[0]
        hint = suggest(metric, first.metrics["splits"][split], "figures there")
        names = ", ".join(dict.fromkeys(result.run.arm for result in lacking))
        raise ConfigurationError(f"there is no figure '{metric}' in: {names}", path="metric", hint=hint)


def _require_same_examples(runs: Sequence[RunResult]) -> None:
    """Only runs on the same examples with the same gold labels can be compared example by example."""
    first = runs[0]
    problems = [
        Problem(
            f"'{other.run.arm}, seed {other.run.seed}' has other examples than '{first.run.arm}, seed {first.run.seed}'"
        )
        for other in runs[1:]
        if _examples(other) != _examples(first)
    ]
    if problems:
        raise ConfigurationError(
            [*problems, Problem("arms must be scored on the same data", hint="compare them apart")]
        )


def _examples(result: RunResult) -> object:
    if result.predictions is None:
        return None
    labels = result.predictions.labels
    plain = [label.tolist() for label in labels] if labels.dtype == object else labels.tolist()
    return result.predictions.indices.tolist(), plain


def _compared(arms: list[ArmResult], baseline: str, metric: str) -> list[ArmResult]:
    """The arms with their comparisons, corrected for there being several."""
    base = next(arm for arm in arms if arm.name == baseline)
    others = [arm for arm in arms if arm.name != baseline and set(arm.seeds) & set(base.seeds)]
    sums = {arm.name: _sums(arm, metric) for arm in (base, *others)}
    value = next((found[0].value for found in sums.values() if found), None)
    known = value is not None and all(sums.values())
    runs = {arm.name: _runs(arm, sums[arm.name] if known else None) for arm in (base, *others)}
    made = [compare(runs[arm.name], runs[baseline], value if known else None) for arm in others]
    corrected = dict(zip((arm.name for arm in others), with_correction(made), strict=True))
    return [replace(arm, comparison=corrected.get(arm.name)) for arm in arms]


def _sums(arm: ArmResult, metric: str) -> list[Additive] | None:
    """The figure of each run as a function of sums over examples, where it is one."""
    found = [
        additive(metric, result.predictions.predictions, result.predictions.labels)
        for result in arm.runs
        if result.predictions is not None and result.predictions.labels.dtype != object
    ]
    whole = [one for one in found if one is not None]
    return whole if len(whole) == len(arm.runs) and whole else None


def _runs(arm: ArmResult, sums: list[Additive] | None) -> Runs:
    right = [
        result.predictions.predictions == result.predictions.labels
        for result in arm.runs
        if result.predictions is not None and result.task.kind == "classification"
    ]
    return Runs(
        seeds=tuple(arm.seeds),
        scores=np.array(arm.scores),
        parts=np.stack([one.parts for one in sums]) if sums else None,
        right=np.stack(right) if right and sums else None,
    )
