"""Run a study again, and test whether its result is reproduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final, Literal

import numpy as np
from scipy import stats

from spanreg.registry import ConfigurationError, require_included
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.compare import ArmComparison
from spanreg.studies.analyse.statistics.holm import holm
from spanreg.studies.define.arms import Arm, same_configs
from spanreg.studies.define.folds import FoldOptions
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute.record import StudyRecord

_LEVEL: Final = 0.05
"Significance level of the test of the gap."

ReplicationVerdict = Literal["identical", "reproduced", "not reproduced", "untested"]


@dataclass(frozen=True, slots=True)
class ArmReplication:
    """One arm's difference from the baseline, in a study and in its replication.

    ``replications(before, after)[0].verdict``
    """

    arm: str
    original: float
    "Difference in the original study."
    original_interval: tuple[float | None, float | None]
    replicated: float
    "Difference in the replication."
    replicated_interval: tuple[float | None, float | None]
    inside: bool | None
    "The replicated difference is inside the original interval; None without an interval."
    overlap: bool | None
    "The two intervals overlap; None without both."
    gap: float
    "Replicated minus original difference."
    gap_interval: tuple[float | None, float | None]
    p: float | None
    "Welch's test of the gap over the seeds, corrected for the number of arms; None for fewer than two seeds."
    verdict: ReplicationVerdict
    """``identical``: every seed has the same difference; ``not reproduced``: the gap is significant; ``untested``: too
    few seeds for the test."""


def replication_plan(record: StudyRecord, *, fresh_seeds: bool = False) -> StudyPlan:
    """Return the plan that makes the runs of a recorded study again.

    Args:
        record: the record, which may come from a stranger's pack.
        fresh_seeds: use seeds that the study does not have, as many for each arm as it has.

    Raises:
        ConfigurationError: packages of the study are not included.
    """
    require_included(record.included, "the study")
    used = sorted({run.seed for run in record.runs})
    # Above all used seeds; arms that shared a seed share the new one, so that they stay paired.
    fresh = dict(zip(used, range(used[-1] + 1, used[-1] + 1 + len(used)), strict=True)) if used else {}
    arms = []
    for arm in record.arms:
        own = dict.fromkeys(run.seed for run in record.runs_of(arm.name))
        seeds = tuple(fresh[seed] if fresh_seeds else seed for seed in own)
        arms.append(
            Arm(
                arm.name,
                arm.config,
                changes=tuple(arm.changes),
                choice=arm.choice,
                seeds=seeds,
                tags=tuple(arm.tags),
                about=arm.about,
                setting=arm.setting,
                task=arm.task,
                tuned_from=arm.tuned_from,
            )
        )
    study = StudyDefinition(
        base=dict(record.arm(record.baseline).config),
        seeds=[fresh[seed] if fresh_seeds else seed for seed in used],
        reserve=record.reserve,
        margin=record.margin,
        compare=record.compare,
        slices=list(record.slices),
        about=record.about,
    )
    # The configs of the arms have their folds already, and a metric may be a config, which is no argument here.
    study.split = record.split
    study.metric, study.modes = record.metric, list(record.modes)  # type: ignore[arg-type]
    study.folds = None if record.folds is None else FoldOptions(record.folds)
    return StudyPlan(study, tuple(arms), record.baseline, tuple(same_configs(arms)))


def replications(original: StudyResults, replicated: StudyResults) -> list[ArmReplication]:
    """Return for each compared arm of both studies whether its difference is reproduced.

    The samples of the test are the seeds: both studies are scored on the same examples, so that these do not add to the
    gap between two differences. P-values are corrected for the number of arms (Holm 1979).

    Raises:
        ConfigurationError: the studies have other metrics, or were scored on other examples.
    """
    after = {arm.name: arm for arm in replicated.arms if arm.comparison}
    pairs = [(arm, after[arm.name]) for arm in original.arms if arm.comparison and arm.name in after]
    _require_comparable(pairs)
    made = [_replication(one, other) for one, other in pairs]
    adjusted = iter(holm([one.p for one in made if one.p is not None]))
    # Without a p-value, the differences are identical, or there are too few seeds for a test.
    return [one if one.p is None else _decided(one, next(adjusted)) for one in made]


def _require_comparable(pairs: Sequence[tuple[ArmResult, ArmResult]]) -> None:
    """Check that both studies score their arms by one metric on the same examples."""
    for one, other in pairs:
        if one.metric != other.metric:
            raise ConfigurationError(f"'{one.name}' is scored by {one.metric} and by {other.metric}", path="metric")
        # The runs of an arm are scored on the same examples, so the first one is enough.
        before, after = one.runs[0].predictions, other.runs[0].predictions
        if before and after and not np.array_equal(before.indices, after.indices):
            hint = "replicate on the data of the original study"
            raise ConfigurationError(f"'{one.name}' was scored on other examples in the replication", hint=hint)


def _replication(arm: ArmResult, again: ArmResult) -> ArmReplication:
    one, other = arm.comparison, again.comparison
    assert one is not None
    assert other is not None
    p, interval = _welch_test(one, other)
    # Equal bits under equal seeds are no sample of chance, so a test of them would show nothing.
    is_same = one.seeds == other.seeds and one.differences == other.differences
    return ArmReplication(
        arm=arm.name,
        original=one.difference,
        original_interval=(one.low, one.high),
        replicated=other.difference,
        replicated_interval=(other.low, other.high),
        inside=None if one.low is None or one.high is None else one.low <= other.difference <= one.high,
        overlap=_overlapping(one, other),
        gap=other.difference - one.difference,
        gap_interval=interval,
        p=None if is_same else p,
        verdict="identical" if is_same else "untested",
    )


def _welch_test(one: ArmComparison, other: ArmComparison) -> tuple[float | None, tuple[float | None, float | None]]:
    """Return Welch's p-value and interval of the gap; None for fewer than two seeds, or without any variance."""
    if min(len(one.differences), len(other.differences)) < 2:
        return None, (None, None)
    # Without variance scipy divides by zero, which is answered below.
    with np.errstate(invalid="ignore", divide="ignore"):
        # Unpaired, since the two studies may have different seeds.
        found = stats.ttest_ind(other.differences, one.differences, equal_var=False)
        p, interval = float(found.pvalue), found.confidence_interval(1 - _LEVEL)
    low, high = float(interval.low), float(interval.high)
    if isfinite(p):
        return p, (low, high)
    # Without any variance, as where models predict one class, equal differences are equal and others are not.
    return (1.0 if one.difference == other.difference else 0.0), (None, None)


def _overlapping(one: ArmComparison, other: ArmComparison) -> bool | None:
    """Return whether the intervals of two differences overlap; None without both."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.low <= other.high and other.low <= one.high


def _decided(found: ArmReplication, p: float) -> ArmReplication:
    """Return a replication with its corrected p-value and the verdict of the test."""
    return replace(found, p=p, verdict="reproduced" if p >= _LEVEL else "not reproduced")
