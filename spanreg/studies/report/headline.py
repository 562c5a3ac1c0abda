"""Write the result of a study in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS
from spanreg.studies.report.blocks import places, scaled


def headline(facts: dict[str, Any]) -> str:
    """Return the result in one sentence, which claims a difference only where the table has a star.

    Args:
        facts: facts of the report.
    """
    compared = [arm for arm in facts["arms"] if arm["comparison"]]
    wanted = [arm for arm in facts["arms"] if arm["against"]]
    where = f"on {facts['split']}"
    if len(facts["arms"]) == 1:
        return f"'{facts['baseline']}' is the only arm: there is nothing to compare {where}."
    if not compared:
        return f"No arm can be compared with '{facts['baseline']}' {where} yet."
    arms = [arm for arm in compared if arm["comparison"]["p_adjusted"] is not None]
    largest = max(arms or compared, key=lambda arm: abs(arm["comparison"]["difference"]))
    seen = f"'{largest['name']}': {difference(largest, facts)}"
    against = "the baseline of their task" if facts["several_tasks"] else f"'{facts['baseline']}'"
    enough = all(len(arm["comparison"]["seeds"]) >= FEWEST_SEEDS for arm in compared)
    if enough and len(compared) == len(wanted) and all(_is_zero(arm, facts) for arm in compared):
        return _tie(compared, against, where)
    if not arms and enough:
        return f"No difference can be tested {where}; the largest is {seen}."
    if not arms:
        return f"With fewer than {FEWEST_SEEDS} seeds, nothing is tested {where}; the largest difference is {seen}."
    # Untested arms are counted in the sentence, which would otherwise claim too much about the study.
    missing = len(wanted) - len(arms)
    later = f"; {missing} arm{' is' if missing == 1 else 's are'} not tested" if missing else ""
    kind = "tested arms" if missing else "arms"
    found = [arm for arm in arms if arm["comparison"]["significant"]]
    if not found:
        verb = "does not differ" if len(arms) == 1 else "differs"
        subject = f"'{arms[0]['name']}'" if len(arms) == 1 else f"None of {len(arms)} {kind}"
        return f"{subject} {verb} significantly from {against} {where}; the largest difference is {seen}{later}."
    if len(arms) == 1:
        word = "better" if _split(found)[0] else "worse"
        shown = difference(found[0], facts)
        return f"'{found[0]['name']}' is significantly {word} than {against} {where}: {shown}{later}."
    ways = " and ".join(
        f"{len(some)} {word}" for word, some in zip(("better", "worse"), _split(found), strict=True) if some
    )
    best = max(found, key=lambda arm: abs(arm["comparison"]["difference"]))
    count = f"{len(found)} of {len(arms)} {kind} {'differs' if len(found) == 1 else 'differ'}"
    shown = difference(best, facts)
    which = "the difference is" if len(found) == 1 else "the largest difference is"
    return f"{count} significantly {where}, {ways} than {against}; {which} '{best['name']}': {shown}{later}."


def difference(arm: dict[str, Any], facts: dict[str, Any]) -> str:
    """Return the difference with its interval: ``+1.20 points of accuracy (95 % interval +0.40 to +2.00)``."""
    found, scale = arm["comparison"], facts["scale"]
    unit = f" points of {arm['metric']}" if scale == 100 else f" of {arm['metric']}"
    form = f"+.{places(scale)}f"
    low, high = (scaled(found[end], scale) for end in ("low", "high"))
    span = "" if low is None or high is None else f" (95 % interval {low:{form}} to {high:{form}})"
    return f"{found['difference'] * scale:{form}}{unit}{span}"


def _tie(arms: Sequence[dict[str, Any]], against: str, where: str) -> str:
    others = "Both other arms tie" if len(arms) == 2 else f"All {len(arms)} other arms tie"
    subject = f"'{arms[0]['name']}' ties" if len(arms) == 1 else others
    return f"{subject} with {against} {where}: no difference is larger than rounding."


def _split(arms: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the better arms and the worse arms."""
    # By the sign of the difference and the direction of the metric: a smaller loss is better.
    better = [arm for arm in arms if (arm["comparison"]["difference"] > 0) == arm["greater_is_better"]]
    return better, [arm for arm in arms if arm not in better]


def _is_zero(arm: dict[str, Any], facts: dict[str, Any]) -> bool:
    """Return whether a difference is 0 in the digits that are shown."""
    return bool(abs(arm["comparison"]["difference"]) * facts["scale"] < 0.5 * 10.0 ** -places(facts["scale"]))
