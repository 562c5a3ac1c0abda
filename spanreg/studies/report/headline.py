"""Write the result of a study in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS
from spanreg.studies.report.blocks import places, scaled
from spanreg.studies.report.verdicts import arm_verdict


def headline(facts: dict[str, Any]) -> str:
    """Return the result in one sentence, which claims a difference only where the table has a star.

    Args:
        facts: facts of the report.
    """
    compared = [arm for arm in facts["arms"] if arm["comparison"]]
    where = f"on {facts['split']}"
    if len(facts["arms"]) == 1:
        return f"'{facts['baseline']}' is the only arm: there is nothing to compare {where}."
    if not compared:
        return f"No arm can be compared with '{facts['baseline']}' {where} yet."
    comparisons = [arm["comparison"] for arm in compared]
    tested = [arm for arm in compared if arm["comparison"]["p_adjusted"] is not None]
    count = sum(bool(arm["against"]) for arm in facts["arms"])
    against = _baselines(tested or compared, facts)
    # Over folds, one seed is enough.
    enough = all(one["basis"] == "folds" or len(one["seeds"]) >= FEWEST_SEEDS for one in comparisons)
    if enough and len(compared) == count and all(_is_zero(arm, facts) for arm in compared):
        return _tie(compared, against, where)
    if not tested:
        seen = _largest(compared, facts)
        if enough:
            return f"No difference can be tested {where}; the largest is {seen}."
        return f"With fewer than {FEWEST_SEEDS} seeds, nothing is tested {where}; the largest difference is {seen}."
    # Untested arms are counted in the sentence, which would otherwise claim too much about the study.
    missing = count - len(tested)
    later = f"; {missing} arm{' is' if missing == 1 else 's are'} not tested" if missing else ""
    return f"{_claim(tested, against, where, facts, all_tested=not missing)}{later}."


def _baselines(arms: Sequence[dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return what some arms are compared with: a name, or a description of several baselines."""
    if facts["several_tasks"]:
        return "the baseline of their task"
    # Tuned arms are compared with the tuned baseline.
    names = [f"'{name}'" for name in dict.fromkeys(arm["against"] for arm in arms)]
    return names[0] if len(names) == 1 else f"the baseline, {' or '.join(names)},"


def _claim(arms: Sequence[dict[str, Any]], against: str, where: str, facts: dict[str, Any], *, all_tested: bool) -> str:
    """Return which of the tested arms differ significantly, without a full stop."""
    found = [arm for arm in arms if arm["comparison"]["significant"]]
    better = [arm for arm in found if arm_verdict(arm) == "better"]
    word = "better" if better else "worse"
    if len(arms) == 1:
        name = f"'{arms[0]['name']}'"
        if found:
            return f"{name} is significantly {word} than {against} {where}: {difference(found[0], facts)}"
        seen = difference(arms[0], facts)
        return f"{name} does not differ significantly from {against} {where}; the difference is {seen}"
    counted = f"{len(arms)} {'arms' if all_tested else 'tested arms'}"
    if not found:
        largest = _largest(arms, facts)
        return f"None of {counted} differs significantly from {against} {where}; the largest difference is {largest}"
    if len(found) == 1:
        seen = f"'{found[0]['name']}', {difference(found[0], facts)}"
        return f"1 of {counted} is significantly {word} than {against} {where}: {seen}"
    split = f"{len(better)} better and {len(found) - len(better)} worse"
    claim = (
        f"{len(found)} of {counted} differ significantly from {against} {where}, {split}"
        if 0 < len(better) < len(found)
        else f"{len(found)} of {counted} are significantly {word} than {against} {where}"
    )
    return f"{claim}; the largest difference is {_largest(found, facts)}"


def _largest(arms: Sequence[dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return the largest difference of some arms, in either direction, with the name of its arm."""
    largest = max(arms, key=lambda arm: abs(arm["comparison"]["difference"]))
    return f"that of '{largest['name']}', {difference(largest, facts)}"


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


def _is_zero(arm: dict[str, Any], facts: dict[str, Any]) -> bool:
    """Return whether a difference is 0 in the digits that are shown, and has no star: small figures may have one."""
    if arm["comparison"]["significant"]:
        return False
    return bool(abs(arm["comparison"]["difference"]) * facts["scale"] < 0.5 * 10.0 ** -places(facts["scale"]))
