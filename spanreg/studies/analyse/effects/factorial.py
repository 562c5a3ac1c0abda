"""Estimate main effects and interactions of the axes of a study by factorial regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.contrasts import Basis, contrast_test
from spanreg.studies.analyse.statistics.factorial import FactorialTerm, factorial_terms
from spanreg.studies.analyse.statistics.holm import holm_known
from spanreg.studies.analyse.statistics.two_way import LEVEL
from spanreg.studies.analyse.tasks.settings import choice_without_data

BASE_LEVEL = "(base)"
"Level of an axis that an arm does not change."


@dataclass(frozen=True, slots=True)
class FactorialEffect:
    """A main effect or an interaction of the axes, in the unit of the score.

    ``factorial_effects(results)[0].significant``
    """

    task: str
    levels: Mapping[str, str]
    "Level of each of its axes: one axis for a main effect, several for an interaction."
    reference: Mapping[str, str]
    "The level of each of these axes that it is compared with."
    estimate: float
    """Main effect: the difference from the reference levels. Interaction: what the combination has beyond the sum of
    its parts."""
    low: float | None
    high: float | None
    "Ends of the 95 % confidence interval by the decisive test, which is not corrected."
    p: float | None
    p_adjusted: float | None
    "``p`` after Holm's correction over the interactions, or over the main effects, of the task."
    basis: Basis
    seeds: tuple[int, ...]
    "The seeds of all arms that the effect is computed from."

    @property
    def order(self) -> int:
        """Number of axes: 1 for a main effect."""
        return len(self.levels)

    @property
    def significant(self) -> bool:
        """True if the effect is significant."""
        return self.p_adjusted is not None and self.p_adjusted < LEVEL


def factorial_effects(results: StudyResults) -> list[FactorialEffect]:
    """Return the effects of a study with the mode ``grid`` or ``pairs`` and at least two axes, for each task."""
    if not {"grid", "pairs"} & set(results.record.modes):
        return []
    found = []
    for task in results.tasks:
        cells = {
            arm.name: choice_without_data(arm.arm.choice)
            for arm in results.arms
            if arm.task == task and arm.scores and arm.arm.choice is not None
        }
        axes = list(dict.fromkeys(axis for choice in cells.values() for axis in choice))
        if len(axes) > 1 and len(cells) > 2:
            found += _effects(task, axes, cells, results)
    return found


def _effects(
    task: str, axes: Sequence[str], cells: Mapping[str, Mapping[str, str]], results: StudyResults
) -> list[FactorialEffect]:
    levels = [{axis: choice.get(axis, BASE_LEVEL) for axis in axes} for choice in cells.values()]
    reference, terms = _best_reference(levels, _baseline_cell(axes, cells, results))
    # Contributions take longer than the tests of them, so they are computed once for each arm.
    tables = [arm_table(results.arm(name)) for name in cells]
    effects = []
    for term in terms:
        # An arm without a weight would only restrict the seeds that all arms must share.
        used = [place for place, weight in enumerate(term.weights) if abs(weight) > 1e-9]
        test, basis, seeds, differences = contrast_test(
            [tables[place] for place in used], [float(term.weights[place]) for place in used]
        )
        if seeds:
            effects.append(
                FactorialEffect(
                    task=task,
                    levels=dict(term.levels),
                    reference={axis: reference[axis] for axis in term.levels},
                    estimate=float(differences.mean()),
                    low=test.low if test else None,
                    high=test.high if test else None,
                    p=test.p if test else None,
                    p_adjusted=None,
                    basis=basis,
                    seeds=seeds,
                )
            )
    # Main effects and interactions are two families: they answer two questions.
    main, higher = ([one for one in effects if (one.order == 1) == is_main] for is_main in (True, False))
    return [*_corrected(main), *_corrected(higher)]


def _corrected(effects: Sequence[FactorialEffect]) -> list[FactorialEffect]:
    adjusted = holm_known([one.p for one in effects])
    return [replace(one, p_adjusted=p) for one, p in zip(effects, adjusted, strict=True)]


def _baseline_cell(
    axes: Sequence[str], cells: Mapping[str, Mapping[str, str]], results: StudyResults
) -> Mapping[str, str] | None:
    """Return the levels of the baseline of the task; None if it is not a combination of the axes."""
    baseline: ArmResult | None = next((arm for arm in results.arms if arm.is_baseline and arm.name in cells), None)
    return {axis: cells[baseline.name].get(axis, BASE_LEVEL) for axis in axes} if baseline else None


def _best_reference(
    cells: Sequence[Mapping[str, str]], baseline: Mapping[str, str] | None
) -> tuple[Mapping[str, str], list[FactorialTerm]]:
    """Return the reference that determines most terms, and these: the levels of the baseline, the base, or the first.

    A reference without most of its combinations among the cells, such as a baseline outside of the grid, would leave
    most terms undetermined.
    """
    axes = list(cells[0])
    first = {axis: next((cell[axis] for cell in cells if cell[axis] != BASE_LEVEL), BASE_LEVEL) for axis in axes}
    candidates = [one for one in (baseline, dict.fromkeys(axes, BASE_LEVEL), first) if one is not None]
    made = [(one, factorial_terms(cells, one)) for one in candidates]
    # ``max`` returns the first of equals, so the baseline wins where it determines as many.
    return max(made, key=lambda pair: len(pair[1]))
