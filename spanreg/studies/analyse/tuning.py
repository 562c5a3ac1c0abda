"""Arms that were tuned with the same budget: their searches, and their scores before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.execute.record import TuningRecord


@dataclass(frozen=True, slots=True)
class ArmTuning:
    """The search for one arm, with the arm's scores before and after it.

    ``tunings(folder.tunings(), results.arms)[0].best_after``
    """

    arm: str
    tuned: str
    "Name of the tuned arm."
    budget: int
    "Number of trials, the same for every arm."
    states: Mapping[str, int]
    "Number of trials that are finished, pruned or failed."
    space: Mapping[str, Any]
    "Values that the search could choose, by key of the config."
    setting: Mapping[str, Any]
    "The best setting."
    at_edge: tuple[str, ...]
    "Keys whose best value is an end of their range, so that better ones may lie beyond it."
    mean: float | None
    "Mean score of the untuned arm over its seeds; None if it is not finished."
    tuned_mean: float | None
    difference: float | None
    "Untuned arm minus untuned baseline; None for the baseline, or without common seeds."
    interval: tuple[float | None, float | None]
    tuned_difference: float | None
    "Tuned arm minus tuned baseline."
    tuned_interval: tuple[float | None, float | None]
    best_after: tuple[float, ...]
    "Expected best score of 1, 2, ... trials, from the finished ones; empty if none is finished."


def tunings(records: Sequence[TuningRecord], arms: Sequence[ArmResult]) -> list[ArmTuning]:
    """Return the searches of a study's arms, each with the arm's results.

    Args:
        records: what the study's folder has of its searches.
        arms: the compared arms.
    """
    named = {arm.name: arm for arm in arms}
    known = [record for record in records if record["arm"] in named]
    return [_tuning(record, named[record["arm"]], named.get(record["tuned"])) for record in known]


def expected_best(values: Sequence[float], *, greater_is_better: bool = True) -> list[float]:
    """Return the expected best of 1, 2, ... n values that are drawn from these n with replacement.

    It is the expected validation performance of Dodge et al., "Show Your Work: Improved Reporting of Experimental
    Results", EMNLP 2019: with ``F`` the share of values up to ``v``, the best of ``k`` is at most ``v`` with
    probability ``F(v) ** k``. Proposals of a sampler depend on one another, unlike random ones, so that the curve
    describes the values that were found, not other samplers.

    ``expected_best([0.0, 1.0])`` is ``[0.5, 0.75]``.

    Args:
        values: scores of the finished trials, in any order.
        greater_is_better: whether the best is the largest.
    """
    sign = 1.0 if greater_is_better else -1.0
    ordered = sign * np.sort(sign * np.asarray(values, np.float64))
    size = len(ordered)
    counts = np.arange(1, size + 1)
    # shape: (k, values); the share of values up to each, from the worst one
    probabilities = np.diff((np.arange(size + 1) / max(size, 1))[None, :] ** counts[:, None], axis=1)
    return [float(best) for best in probabilities @ ordered]


def _tuning(record: TuningRecord, arm: ArmResult, tuned: ArmResult | None) -> ArmTuning:
    finished = [trial["value"] for trial in record["trials"] if trial["state"] == "finished"]
    values = [value for value in finished if value is not None and np.isfinite(value)]
    setting = record["best"]["setting"]
    return ArmTuning(
        arm=arm.name,
        tuned=record["tuned"],
        budget=record["budget"],
        states=dict(Counter(trial["state"] for trial in record["trials"])),
        space=record["space"],
        setting=setting,
        at_edge=tuple(key for key, value in setting.items() if _is_edge(record["space"].get(key), value)),
        mean=arm.mean,
        tuned_mean=tuned.mean if tuned else None,
        difference=arm.comparison.difference if arm.comparison else None,
        interval=_interval(arm),
        tuned_difference=tuned.comparison.difference if tuned and tuned.comparison else None,
        tuned_interval=_interval(tuned),
        best_after=tuple(expected_best(values, greater_is_better=record["direction"] == "maximize")),
    )


def _interval(arm: ArmResult | None) -> tuple[float | None, float | None]:
    return (arm.comparison.low, arm.comparison.high) if arm and arm.comparison else (None, None)


def _is_edge(values: Any, chosen: Any) -> bool:
    """Return whether a chosen number is an end of its range, or within a hundredth of it."""
    if not isinstance(values, Mapping) or not isinstance(chosen, int | float):
        return False
    low, high = (float(values.get(name, np.nan)) for name in ("low", "high"))
    ends, at = (low, high), float(chosen)
    if values.get("log") and low > 0 and at > 0:
        ends, at = (np.log(low), np.log(high)), float(np.log(at))
    margin = 0.0 if values.get("integer") else (ends[1] - ends[0]) / 100
    return bool(at <= ends[0] + margin or at >= ends[1] - margin)
