"""Read the results of a study: the scores of every arm, and their comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, nan

from spanreg.data.base import MetricConfig
from spanreg.data.sources.splits import is_test_split
from spanreg.metrics import evaluate
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, reminding_of, suggest
from spanreg.studies.analyse.all_pairs import PairMatrix, all_pairs, with_pairs_correction
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import with_comparisons
from spanreg.studies.analyse.folds import joined_folds
from spanreg.studies.analyse.groups import ArmGroup, grouped
from spanreg.studies.analyse.run_results import RunResult, read_run, require_agreement, with_metric
from spanreg.studies.analyse.tuning import ArmTuning, tunings
from spanreg.studies.define.reserve import Part, rows_of
from spanreg.studies.define.scoring import chooses_weights
from spanreg.studies.execute.folder import REPEAT_RUN, StudyReader
from spanreg.studies.execute.progress import FAILED, FINISHED, RunState, run_states
from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.studies.execute.registration import RegistrationStatus, registration_status


@dataclass(frozen=True, slots=True)
class StudyResults:
    """All results of a study so far.

    ``read_results(StudyReader(Path("study"))).arm("plain").scores``
    """

    record: StudyRecord
    part: Part
    "The part of the split's examples that is scored."
    arms: list[ArmResult]
    unfinished: list[RunState] = field(default_factory=list)
    pairs: list[PairMatrix] = field(default_factory=list)
    "All pairs of arms by task; empty unless the study has ``compare: 'all'``."
    registration: RegistrationStatus | None = None
    "Whether the results are those that were registered."
    tunings: list[ArmTuning] = field(default_factory=list)
    "Searches for single arms, with the arms' scores before and after; empty unless every arm was tuned."

    @property
    def baseline(self) -> ArmResult:
        return self.arm(self.record.baseline)

    @property
    def metrics(self) -> list[str]:
        """The compared figures: one, unless the tasks of the arms have different metrics."""
        return list(dict.fromkeys(arm.metric for arm in self.arms if arm.runs))

    @property
    def splits(self) -> list[str]:
        """The scored splits."""
        return list(dict.fromkeys(arm.split for arm in self.arms if arm.split))

    @property
    def several_tasks(self) -> bool:
        """True if arms have different data, so that each is compared with the baseline on its own data."""
        # Tuned arms are compared with the tuned baseline, which is no sign of other data.
        tuned = {arm.name for arm in self.record.arms if arm.tuned_from == self.record.baseline}
        return len(self.tasks) > 1 or any(arm.against not in {None, self.record.baseline, *tuned} for arm in self.arms)

    @property
    def tasks(self) -> list[str]:
        """The tasks that the arms were scored on; arms of one task can be compared."""
        return list(dict.fromkeys(arm.task for arm in self.arms if arm.runs))

    @property
    def metric(self) -> str:
        """Metric names joined by "or"."""
        return " or ".join(self.metrics)

    @property
    def split(self) -> str:
        """Split names joined by "or"."""
        return " or ".join(self.splits)

    @property
    def examples(self) -> int:
        """Number of scored examples; with several tasks, that of the largest."""
        return max(arm.examples for arm in self.arms)

    def arm(self, name: str) -> ArmResult:
        """Return the arm with a name."""
        return next(arm for arm in self.arms if arm.name == name)

    @property
    def margin(self) -> float | None:
        """The margin of the study; None if its tasks have figures of different units, which no margin can have."""
        units = {arm.percent for arm in self.arms if arm.runs}
        return self.record.margin if len(units) < 2 else None

    @property
    def caption(self) -> str:
        """The caption of a table of these scores: data, statistic, number of seeds, and choice of weights."""
        seeds = spell_range([len(arm.scores) for arm in self.arms if arm.scores])
        kinds = " and ".join(dict.fromkeys("test" if is_test_split(split) else "dev" for split in self.splits))
        examples = spell_range([arm.examples for arm in self.arms if arm.runs])
        held = {
            "all": "",
            "report": ", without those reserved for choosing settings",
            "choose": " reserved for choosing settings",
        }
        options = self.record.metric if isinstance(self.record.metric, Mapping) else {}
        spelt = ", ".join(f"{key}: {value}" for key, value in options.items() if key != "type")
        where = f"{self.metric}{f' ({spelt})' if spelt else ''} on {self.split}"
        left = len(self.unfinished)
        lines = [
            f"{where} ({kinds}, {examples} example{'' if examples == '1' else 's'}{held[self.part]})",
            f"mean ± standard deviation of {seeds} seed{'' if seeds == '1' else 's'}",
            *self._chosen_weights(),
            *([f"{left} run{' is' if left == 1 else 's are'} not finished"] if left else []),
        ]
        return "; ".join(lines)

    def _chosen_weights(self) -> list[str]:
        """Return a note on the arms whose weights are chosen by an evaluation."""
        finished = [arm for arm in self.arms if arm.runs]
        chosen = [arm for arm in finished if chooses_weights(arm.arm.config)]
        others = [arm for arm in finished if not chooses_weights(arm.arm.config)]
        by = dict.fromkeys(best["figure"] for arm in chosen for one in arm.runs if (best := one.metrics.get("best")))
        if not by:
            return []
        # The shorter of the two lists is named.
        if len(chosen) <= len(others):
            return [f"weights of {', '.join(arm.name for arm in chosen)} chosen by {' or '.join(by)}"]
        besides = f", except those of {', '.join(arm.name for arm in others)}" if others else ""
        return [f"weights chosen by {' or '.join(by)}{besides}"]


def spell_range(counts: Sequence[int]) -> str:
    """Return the smallest and the largest of some counts as text: ``3``, or ``3 to 1,000``."""
    return " to ".join(f"{end:,}" for end in dict.fromkeys((min(counts), max(counts))))


def read_results(folder: StudyReader, part: Part | None = None, *, compared: bool = True) -> StudyResults:
    """Return the results of all finished runs of a study, with every arm compared with the baseline.

    Arms with other data, such as those of an axis ``data.task``, are each compared with the arm that differs from the
    baseline only in its data.

    Args:
        folder: the study's folder.
        part: the examples of the split that are scored; default: all, or those that are not reserved.
        compared: whether to compare the arms, which takes seconds for many examples.

    Raises:
        ConfigurationError: nothing is finished, a run is damaged, its predictions give other scores than it recorded, a
            metric or split is missing in an arm, or arms with the same data were scored on different examples.
    """
    record = folder.read()
    # A run of a component that this process lacks is an error; it then names the packages that the study included.
    with reminding_of(lambda: record.included, f"the study in {folder.path}"):
        states = run_states(folder, record)
        scored = _results(folder, record, states, part or ("report" if record.reserve else "all"))
        return _compared(scored, folder, states) if compared else scored


def _compared(results: StudyResults, folder: StudyReader, states: list[RunState]) -> StudyResults:
    """Return the results with all comparisons of arms."""
    arms = with_comparisons(results.arms, results.margin)
    pairs = all_pairs(arms, results.margin) if results.record.compare == "all" else []
    corrected = with_pairs_correction(arms, pairs)
    return replace(
        results,
        arms=corrected,
        pairs=pairs,
        registration=registration_status(folder, results.record, states),
        tunings=tunings(folder.tunings(), corrected),
    )


def _finished_runs(folder: StudyReader, record: StudyRecord, states: list[RunState]) -> list[RunResult]:
    """Return the results of all finished runs on the whole split, those of folds joined.

    Raises:
        ConfigurationError: nothing is finished, or a run is damaged.
    """
    hint = "run it: spanreg study run"
    finished = [state.run for state in states if state.state == FINISHED]
    if not finished:
        raise ConfigurationError(f"no run of the study in {folder.path} is finished", hint=hint)
    read = [read_run(run, folder.run_path(run), record.split) for run in finished]
    # Checked on whole splits, before any part is cut off, since recorded scores are those of whole splits.
    require_agreement(read)
    if record.folds is not None:
        read = joined_folds(read, record.folds)
        if not read:
            raise ConfigurationError(f"no arm of the study in {folder.path} has all its folds finished", hint=hint)
    return [with_metric(result, record.metric) if isinstance(record.metric, Mapping) else result for result in read]


def _results(folder: StudyReader, record: StudyRecord, states: list[RunState], part: Part) -> StudyResults:
    """Return the scores of all arms on a part of the examples, without comparisons."""
    results = [_only(result, record.reserve, part) for result in _finished_runs(folder, record, states)]
    # In the order of the seeds, whatever the order in which runs finished: arms are compared seed by seed.
    in_order = sorted(results, key=lambda result: result.run.seed)
    by_arm = {arm.name: [one for one in in_order if one.run.arm == arm.name] for arm in record.arms}
    # Arms are grouped before the metric is checked: groups report data that differ between runs.
    groups = {name: group for group in grouped(record, by_arm) for name in group.arms}
    _require_metric(results, record.metric)
    # By id, since a result contains dicts and arrays and has no hash.
    scores = {id(one): _score(one, _metric(one, record.metric), part) for one in results}
    by_arm = {name: [one for one in runs if isfinite(scores[id(one)])] for name, runs in by_arm.items()}
    arms = [
        _arm_result(arm, by_arm[arm.name], record, [scores[id(one)] for one in by_arm[arm.name]], groups[arm.name])
        for arm in record.arms
    ]
    # A run without a score has failed, whatever its status says; without it, every mean of its arm would be NaN.
    diverged = [
        RunState(one.run, FAILED, f"its {_metric(one, record.metric)} is not a finite number")
        for one in in_order
        if not isfinite(scores[id(one)])
    ]
    unfinished = [*(state for state in states if state.state != FINISHED), *diverged]
    if len(diverged) == len(results):
        raise ConfigurationError(f"no run has a score: {diverged[0].problem}", path="metric", hint=REPEAT_RUN)
    return StudyResults(record, part, arms, unfinished)


def _only(result: RunResult, reserve: float, part: Part) -> RunResult:
    """Return a run's result on a part of the examples."""
    if part == "all":
        return result
    if result.predictions is None:
        raise ConfigurationError(
            f"the split '{result.split}' has no gold labels, so none of its examples can be reserved",
            path="reserve",
            hint="remove the key, or name another split",
        )
    rows = rows_of(result.predictions.indices, reserve, part)
    if not rows.any():
        raise ConfigurationError(
            f"one part of the {rows.size} examples of '{result.split}' is empty",
            path="reserve",
            hint="give a share that leaves examples in both parts",
        )
    return replace(result, predictions=result.predictions.only(rows))


def _require_metric(results: Sequence[RunResult], metric: MetricConfig | None) -> None:
    """Raise a ConfigurationError that names all arms without the compared figure."""
    lacking = [result for result in results if _metric(result, metric) not in result.figures]
    if lacking:
        first = lacking[0]
        wanted = _metric(first, metric)
        hint = suggest(wanted, first.figures, "recorded figures")
        names = ", ".join(dict.fromkeys(result.run.arm for result in lacking))
        raise ConfigurationError(f"no figure '{wanted}' in: {names}", path="metric", hint=hint)


def _metric(result: RunResult, requested: MetricConfig | None) -> str:
    """Return the figure that is compared: that of the study file, or the task's main one."""
    return (
        task_with(result.task, requested)[1]
        if isinstance(requested, Mapping)
        else requested or str(result.metrics["main"])
    )


def _arm_result(
    arm: PlannedArm, runs: list[RunResult], record: StudyRecord, scores: list[float], group: ArmGroup
) -> ArmResult:
    is_baseline = arm.name == group.baseline
    against = None if is_baseline else group.baseline
    return ArmResult(
        arm,
        runs,
        metric=_metric(runs[0], record.metric) if runs else "",
        scores=scores,
        task=group.name,
        against=against,
        is_baseline=is_baseline,
        sequential=record.until is not None,
    )


def _score(result: RunResult, metric: str, part: Part) -> float:
    """Return the score of a run; NaN if it is not finite."""
    if part == "all":  # the recorded score, since the split may have no gold labels to compute it from
        recorded = result.figures[metric]
        return nan if recorded is None else float(recorded)
    assert result.predictions is not None
    figures = evaluate(result.task, result.predictions.predictions, result.predictions.labels)
    if metric not in figures:
        raise ConfigurationError(
            f"'{metric}' cannot be computed on a part of the examples", path="metric", hint=suggest(metric, figures)
        )
    return figures[metric]
