"""Checks that need only the facts of a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from spanreg.studies.analyse.results import spell_range
from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS
from spanreg.studies.define.scoring import chooses_weights
from spanreg.studies.report.checks.finding import CheckFinding
from spanreg.studies.report.quality import is_low, spell_seeds

Facts = dict[str, Any]

MANY_SETTINGS: Final = 6
"Number of combinations of axes on one task from which choosing the best overestimates its score noticeably."

DIVERGED: Final = 1.2
"Ratio of the last training loss to the first one, above which a training diverged."

_LAST: Final = 0.1
"Share of a loss curve, at either end, whose mean is compared."


def too_few_seeds(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms with too few seeds for a test."""
    few = [arm for arm in facts["arms"] if arm["scores"] and len(arm["seeds"]) < FEWEST_SEEDS]
    # Over folds, one seed is enough for a test.
    few = [arm for arm in few if not (arm["comparison"] and arm["comparison"]["p"] is not None)]
    over_folds = any(arm["comparison"] and arm["comparison"]["basis"] == "folds" for arm in facts["arms"])
    if few and len(facts["arms"]) > 1 and not over_folds:
        problem = f"{spell_range([len(arm['seeds']) for arm in few])} seeds: nothing is tested"
        yield CheckFinding("SR001", _names(few), problem, f"run at least {FEWEST_SEEDS} seeds, better 5")


def different_sizes(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms with another number of weights than their baseline."""
    for arm in facts["arms"]:
        if arm["other_capacity"] and arm["parameters_ratio"]:
            problem = f"{arm['parameters_ratio']:.2f} times the weights of '{arm['against']}'"
            hint = "add a control of the same size, or adjust a width"
            yield CheckFinding("SR003", (arm["name"],), problem, hint)


def identical(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms whose spans or predictions are those of another arm."""
    for arm in facts["arms"]:
        if arm["same_spans_as"]:
            problem = f"the spans are those of '{arm['same_spans_as']}', although the settings differ"
            hint = "change the setting, or remove the arm"
            yield CheckFinding("SR004", (arm["name"], arm["same_spans_as"]), problem, hint)
        if arm["same_predictions_as"]:
            problem = f"all predictions equal those of '{arm['same_predictions_as']}'"
            hint = "the difference in settings has no effect: check that it reaches the model"
            yield CheckFinding("SR011", (arm["name"], arm["same_predictions_as"]), problem, hint)


def stopping_on_the_table(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms whose weights are chosen by evaluations on the scored split."""
    chosen = [arm for arm in facts["arms"] if chooses_weights(arm["config"]) and _was_evaluated(arm)]
    if chosen:
        problem = f"evaluations on {facts['split']} choose the weights, and the table scores the same examples"
        hint = "choose on data: { type: 'held_out', ... }, or report a split that no evaluation uses"
        yield CheckFinding("SR006", _names(chosen), problem, hint)


def _was_evaluated(arm: dict[str, Any]) -> bool:
    points = (point for curve in arm["curves"] for point in curve["evaluations"])
    return any(point["score"] is not None for point in points)


def diverged(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms with a training whose loss rose or is not finite."""
    for arm in facts["arms"]:
        seeds = [curve["seed"] for curve in arm["curves"] if _rose([one["loss"] for one in curve["loss"]])]
        if seeds:
            problem = f"the training loss rose or is not finite under {spell_seeds(seeds)}"
            yield CheckFinding("SR008", (arm["name"],), problem, "lower the learning rate, or add warm-up")


def _rose(losses: Sequence[float | None]) -> bool:
    if any(loss is None or not math.isfinite(loss) for loss in losses):
        return True
    known = [float(loss) for loss in losses if loss is not None]
    # Means over several steps, since the loss of a single batch is noisy.
    count = max(1, round(_LAST * len(known)))
    first, last = known[:count], known[-count:]
    return len(known) > 1 and sum(last) > DIVERGED * sum(first)


def weak_models(facts: Facts) -> Iterator[CheckFinding]:
    """Yield arms that are not better than the majority class, or give the same answer to every example."""
    hint = "train longer or with another learning rate; a difference between such arms means little"
    if low := [arm for arm in facts["arms"] if is_low(arm)]:
        problem = "the mean is not better than always predicting the majority class"
        yield CheckFinding("SR009", _names(low), problem, hint)
    for arm in facts["arms"]:
        if arm["constant_seeds"]:
            seeds = spell_seeds(arm["constant_seeds"])
            yield CheckFinding("SR010", (arm["name"],), f"the same prediction for every example under {seeds}", hint)


def unfinished(facts: Facts) -> Iterator[CheckFinding]:
    """Yield the arms with unfinished runs."""
    if facts["unfinished"]:
        arms = tuple(dict.fromkeys(run["arm"] for run in facts["unfinished"]))
        count = len(facts["unfinished"])
        problem = f"{count} run{' is' if count == 1 else 's are'} not finished"
        yield CheckFinding("SR012", arms, problem, "finish them: spanreg study run")


def _names(arms: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(arm["name"] for arm in arms)


ARM_CHECKS: Final[tuple[Callable[[Facts], Iterator[CheckFinding]], ...]] = (
    too_few_seeds,
    different_sizes,
    identical,
    stopping_on_the_table,
    diverged,
    weak_models,
    unfinished,
)
"All checks of this module."
