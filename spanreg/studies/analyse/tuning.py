"""Compare the scores of arms before and after each was tuned with the same budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.execute.record import TuningRecord

_EDGE: Final = 0.02
"Share of a range, at either end, that counts as its edge (``docs/reference/checks.md``, SR005)."


@dataclass(frozen=True, slots=True)
class ArmTuning:
    """The search for one arm, with the arm's scores before and after it.

    ``tunings(folder.tunings(), results.arms)[0].best_after``
    """

    arm: str
    tuned: str
    "Name of the arm with the best setting of the search, which was run under all seeds of the study."
    budget: int
    "Number of trials, the same for every arm."
    states: Mapping[str, int]
    "Number of trials that are finished, pruned or failed."
    space: Mapping[str, Any]
    "Values that the search could choose, by key of the config."
    setting: Mapping[str, Any]
    "The best setting."
    at_edge: tuple[str, ...]
    "Keys whose best value is at an end of their range, so that better ones may be beyond it."
    mean: float | None
    "Mean score of the untuned arm over its seeds; None if it is not finished."
    tuned_mean: float | None
    difference: float | None
    "Untuned arm minus untuned baseline; None for the baseline, or without common seeds."
    interval: tuple[float | None, float | None]
    "95 % confidence interval of ``difference``; None at both ends without one."
    tuned_difference: float | None
    "Tuned arm minus tuned baseline."
    tuned_interval: tuple[float | None, float | None]
    "95 % confidence interval of ``tuned_difference``."
    best_after: tuple[float, ...]
    "Expected best score of 1, 2, ... trials, from the finished ones; empty if none is finished."


def tunings(records: Sequence[TuningRecord], arms: Sequence[ArmResult]) -> list[ArmTuning]:
    """Return the searches of a study's arms, each with the arm's results.

    Args:
        records: the searches that the study's folder has on record.
        arms: all arms of the study, with their comparisons.
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
    # From the worst to the best: for a loss, the largest comes first.
    ordered = sign * np.sort(sign * np.asarray(values, np.float64))
    size = len(ordered)
    counts = np.arange(1, size + 1)
    # The i-th value is the best of k draws with the probability F(i)^k - F(i - 1)^k. shape: (k, values)
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
        at_edge=tuple(key for key, value in setting.items() if edge_of(record["space"].get(key), value)),
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


def edge_of(values: Any, chosen: Any) -> Literal["lower", "upper"] | None:
    """Return the end of its range that a chosen value is at; None if it is at neither end, or not from a range.

    ``edge_of({"low": 1e-5, "high": 1e-3, "log": True}, 1e-5)`` is ``"lower"``.

    Args:
        values: what a search could choose, as its record has it; only an object with ``low`` and ``high`` is a range.
        chosen: the value of the best setting.
    """
    is_number = isinstance(chosen, int | float) and not isinstance(chosen, bool)
    if not isinstance(values, Mapping) or not is_number or not {"low", "high"} <= values.keys():
        return None
    low, high, value = float(values["low"]), float(values["high"]), float(chosen)
    if values.get("log"):
        if min(low, value) <= 0:  # a record may have been edited
            return None
        # Near on the scale on which the sampler drew: otherwise most of a logarithmic range is near its lower end.
        low, high, value = math.log(low), math.log(high), math.log(value)
    if high <= low:
        return None
    place = (value - low) / (high - low)
    return "lower" if place <= _EDGE else "upper" if place >= 1 - _EDGE else None
