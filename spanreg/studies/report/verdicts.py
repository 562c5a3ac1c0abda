"""Facts of comparisons in plain JSON, and the verdicts and notes that follow from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from spanreg.studies.analyse.all_pairs import PairMatrix
from spanreg.studies.analyse.effects.factorial import FactorialEffect
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.slices.slices import SliceFamily
from spanreg.studies.analyse.statistics.compare import ArmComparison
from spanreg.studies.analyse.statistics.equivalence import EquivalenceTest
from spanreg.studies.analyse.tasks.over_tasks import over_tasks
from spanreg.studies.report.charts import MarkVerdict

MARGIN_COLUMNS: Final = ("p (margin)", "P(within)", "verdict")
"Headings of the columns that a study with a margin adds to the table."


def mark_verdict(difference: float | None, *, significant: bool, greater_is_better: bool) -> MarkVerdict:
    """Return the direction of a difference; ``even`` if it is not significant."""
    if difference is None or not significant:
        return "even"
    return "better" if (difference > 0) == greater_is_better else "worse"


def arm_verdict(arm: dict[str, Any]) -> MarkVerdict:
    """Return whether an arm is significantly better or worse than its baseline.

    Args:
        arm: facts of the arm.
    """
    if not (found := arm["comparison"]):
        return "even"
    return mark_verdict(
        found["difference"], significant=found["significant"], greater_is_better=arm["greater_is_better"]
    )


def comparison_facts(comparison: ArmComparison) -> dict[str, Any]:
    """Return a comparison in plain JSON, with its verdict."""
    # ``asdict`` leaves out properties.
    return {
        **asdict(comparison),
        "significant": comparison.significant,
        "verdict": comparison.verdict,
        "equivalence": _equivalence_facts(comparison.equivalence),
    }


def pairs_facts(matrix: PairMatrix) -> dict[str, Any]:
    """Return all pairs of a task in plain JSON."""
    pairs = [
        {**asdict(pair), "significant": pair.significant, "equivalence": _equivalence_facts(pair.equivalence)}
        for pair in matrix.pairs
    ]
    return {"task": matrix.task, "arms": list(matrix.arms), "letters": dict(matrix.letters), "pairs": pairs}


def slices_facts(family: SliceFamily) -> dict[str, Any]:
    """Return the differences on the subsets of one entry of ``slices`` in plain JSON."""
    found = asdict(family)
    for part, own in zip(found["slices"], family.slices, strict=True):
        for difference, one in zip(part["differences"], own.differences, strict=True):
            difference["significant"] = one.significant
    return found


def factorial_facts(effect: FactorialEffect) -> dict[str, Any]:
    """Return a main effect or an interaction of axes in plain JSON."""
    return {**asdict(effect), "order": effect.order, "significant": effect.significant}


def over_tasks_facts(results: StudyResults) -> dict[str, Any] | None:
    """Return the comparison over tasks in plain JSON; None if there is none.

    ``ranks.critical_difference``, ``ranks.groups`` and the average ranks are the data of a critical-difference diagram.
    """
    found = over_tasks(results)
    return None if found is None else asdict(found)


def _equivalence_facts(found: EquivalenceTest | None) -> dict[str, Any] | None:
    return None if found is None else {**asdict(found), "shown": found.shown}


def margin_notes(facts: dict[str, Any]) -> list[str]:
    """Return notes that separate differences shown to be within the margin from those that may be larger."""
    if not facts["margin"] or not any(arm["comparison"] and arm["comparison"]["equivalence"] for arm in facts["arms"]):
        return []
    margin = f"{facts['margin']:g}{' points' if facts['scale'] == 100 else ''}"
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if arm["comparison"]:
            named.setdefault(arm["comparison"]["verdict"], []).append(f"'{arm['name']}'")
    # Both verdicts claim the same about the size of a difference; one of them also that it is not 0.
    small = named.get("equivalent", []) + named.get("difference found, within the margin", [])
    found = []
    if small:
        found.append(f"The difference is shown to be no larger than {margin}: {', '.join(small)}.")
    if "no difference found" in named:
        names = ", ".join(named["no difference found"])
        found.append(f"No difference was found, but one above {margin} is not ruled out: {names}.")
    about = (
        f"p (margin) is that of two one-sided tests against a margin of {margin}, after Holm's correction; P(within) "
        "is the posterior probability of a difference within the margin, under a flat prior."
    )
    return [*found, about]


def spell_p(p: float | None) -> str:
    """Return a p-value as tables show it; empty if it is None."""
    # Below a thousandth the digits depend on the assumption of normal distributions, so they are not shown.
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
