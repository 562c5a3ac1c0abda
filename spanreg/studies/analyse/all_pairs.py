"""Compare all arms of a task with one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table, margin_of
from spanreg.studies.analyse.statistics.contrasts import ArmTable, Basis, contrast_test
from spanreg.studies.analyse.statistics.equivalence import EquivalenceTest, equivalence
from spanreg.studies.analyse.statistics.holm import holm_known
from spanreg.studies.analyse.statistics.letters import compact_letters
from spanreg.studies.analyse.statistics.two_way import LEVEL


@dataclass(frozen=True, slots=True)
class ArmPair:
    """The decisive test of two arms; the difference is ``first`` minus ``second``, in the unit of the score.

    ``all_pairs(results.arms, None)[0].pairs[0].p_adjusted``
    """

    first: str
    second: str
    seeds: tuple[int, ...]
    "The seeds of both arms."
    difference: float | None
    "None without a common seed."
    low: float | None
    high: float | None
    "Ends of the 95 % confidence interval, which is not corrected."
    p: float | None
    p_adjusted: float | None
    "``p`` after Holm's correction over all pairs of the study."
    basis: Basis
    equivalence: EquivalenceTest | None = None
    "Test against the margin of the study; None without a margin or without a test."

    @property
    def significant(self) -> bool:
        """True if the two arms differ significantly."""
        return self.p_adjusted is not None and self.p_adjusted < LEVEL


@dataclass(frozen=True, slots=True)
class PairMatrix:
    """All pairs of the arms of one task.

    ``all_pairs(results.arms, None)[0].letters["plain"]``
    """

    task: str
    arms: tuple[str, ...]
    "Arms with a finished run, in the order of the study."
    pairs: tuple[ArmPair, ...]
    letters: Mapping[str, str]
    "Letters by arm: arms that share a letter do not differ significantly; ``a`` is a letter of the best mean."


def all_pairs(arms: Sequence[ArmResult], margin: float | None) -> list[PairMatrix]:
    """Return the comparisons of all arms with one another, by task, corrected over all pairs of the study.

    Args:
        arms: the arms of a study.
        margin: the largest difference without practical meaning, in the unit that reports show.
    """
    by_group: dict[str, list[ArmResult]] = {}
    for arm in arms:
        if arm.runs:
            by_group.setdefault(arm.task, []).append(arm)
    pairs = [pair for group in by_group.values() for pair in _pairs_of(group, margin)]
    # Arms whose runs are unfinished count, so that stars do not vanish when they finish.
    later = _unfinished_pairs(arms)
    adjusted = holm_known([pair.p for pair in pairs], later)
    of_margin = holm_known([pair.equivalence.p if pair.equivalence else None for pair in pairs], later)
    corrected = [
        replace(pair, p_adjusted=p, equivalence=pair.equivalence and replace(pair.equivalence, p_adjusted=other))
        for pair, p, other in zip(pairs, adjusted, of_margin, strict=True)
    ]
    return [_matrix(task, group, corrected) for task, group in by_group.items()]


def with_pairs_correction(arms: Sequence[ArmResult], matrices: Sequence[PairMatrix]) -> list[ArmResult]:
    """Return the arms with the corrected p-values of the pairs, so that the main table and the matrix agree."""
    # All pairs are one family with more comparisons than the main table has, so their correction is the stricter one.
    pairs = {frozenset((pair.first, pair.second)): pair for matrix in matrices for pair in matrix.pairs}
    found = []
    for arm in arms:
        pair = pairs.get(frozenset((arm.name, str(arm.against))))
        if arm.comparison is None or pair is None:
            found.append(arm)
            continue
        own = arm.comparison.equivalence
        corrected = own and replace(own, p_adjusted=pair.equivalence.p_adjusted if pair.equivalence else None)
        comparison = replace(arm.comparison, p_adjusted=pair.p_adjusted, equivalence=corrected)
        found.append(replace(arm, comparison=comparison))
    return found


def _pairs_of(arms: Sequence[ArmResult], margin: float | None) -> list[ArmPair]:
    # Contributions take longer than the tests of them, so they are computed once for each arm.
    tables = {arm.name: arm_table(arm) for arm in arms}
    limit = margin_of(arms[0], margin)  # the arms of a task have one metric, so one unit
    return [
        _pair(first.name, second.name, [tables[first.name], tables[second.name]], limit)
        for first, second in combinations(arms, 2)
    ]


def _pair(first: str, second: str, tables: Sequence[ArmTable], margin: float | None) -> ArmPair:
    test, basis, seeds, differences = contrast_test(tables, [1.0, -1.0])
    return ArmPair(
        first=first,
        second=second,
        seeds=seeds,
        difference=float(differences.mean()) if seeds else None,
        low=test.low if test else None,
        high=test.high if test else None,
        p=test.p if test else None,
        p_adjusted=None,
        basis=basis,
        equivalence=equivalence(test, margin) if test and margin else None,
    )


def _unfinished_pairs(arms: Sequence[ArmResult]) -> int:
    """Return the number of pairs with an arm that has no finished run."""
    tasks = {arm.task for arm in arms if arm.runs}
    if len(tasks) > 1:
        # The task of an unfinished arm is not known yet, so it is paired with as many arms as a task has on average.
        size = -(-len(arms) // len(tasks))
        return sum(not arm.runs for arm in arms) * (size - 1)
    done = sum(bool(arm.runs) for arm in arms)
    return len(arms) * (len(arms) - 1) // 2 - done * (done - 1) // 2


def _matrix(task: str, arms: Sequence[ArmResult], pairs: Sequence[ArmPair]) -> PairMatrix:
    names = [arm.name for arm in arms]
    place = {name: index for index, name in enumerate(names)}
    own = tuple(pair for pair in pairs if pair.first in place)
    differs = np.zeros((len(names), len(names)), dtype=np.bool_)
    for pair in own:
        first, second = place[pair.first], place[pair.second]
        differs[first, second] = differs[second, first] = pair.significant
    # Letters begin with the best arm, which for a loss has the smallest mean. No mean is None, since all of these arms
    # have runs; the condition is for the type checker.
    means = [arm.mean if arm.greater_is_better else -arm.mean for arm in arms if arm.mean is not None]
    order = sorted(range(len(names)), key=lambda index: -means[index])
    letters = compact_letters(differs, order)
    return PairMatrix(task, tuple(names), own, dict(zip(names, letters, strict=True)))
