"""How pieces work together: what each brings alone, against what it brings on top of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from spanreg.studies.axes import NOTHING
from spanreg.studies.results import ArmResult, StudyResults
from spanreg.studies.statistics.over_seeds import t_interval, t_test

Verdict = Literal["independent", "redundant", "synergistic", "not known"]

_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Interaction:
    """One piece of the base, such as its aggregator. Figures are means over the seeds that all four arms have."""

    piece: str
    alone: float
    "What the piece brings when all others are left out (add one)."
    on_top: float
    "What it brings when all others are there (leave one out)."
    difference: float
    "``alone - on_top``."
    low: float | None
    high: float | None
    "Ends of the 95 % interval of the difference, by Student's t over the seeds."
    p: float | None
    seeds: tuple[int, ...]
    greater_is_better: bool = True

    @property
    def verdict(self) -> Verdict:
        """Redundant: it brings more alone than on top of the others, which do a part of its work. Synergistic: less.

        Independent is only a way to say that no interaction was seen; not known for fewer than three seeds.
        """
        if self.p is None:
            return "not known"
        if self.p >= _LEVEL:
            return "independent"
        return "redundant" if (self.difference > 0) == self.greater_is_better else "synergistic"


def interactions(results: StudyResults) -> list[Interaction]:
    """One row for each piece of which both modes, ``add_one`` and ``leave_one_out``, were run."""
    arms = {arm.name: arm for arm in results.arms}
    base = next((arm for arm in results.arms if arm.arm.choice == {}), None)
    nothing = arms.get(NOTHING)
    if base is None or nothing is None:
        return []
    return list(_rows(arms, base, nothing))


def _rows(arms: Mapping[str, ArmResult], base: ArmResult, nothing: ArmResult) -> Iterator[Interaction]:
    for name, only in arms.items():
        piece = name.removeprefix("only ")
        without = arms.get(f"without {piece}")
        if piece == name or without is None:
            continue
        four = [_by_seed(arm) for arm in (only, nothing, base, without)]
        seeds = tuple(sorted(set.intersection(*(set(scores) for scores in four))))
        if seeds:
            yield replace(_interaction(piece, seeds, four), greater_is_better=base.greater_is_better)


def _interaction(piece: str, seeds: tuple[int, ...], four: list[dict[int, float]]) -> Interaction:
    only, nothing, base, without = (np.array([scores[seed] for seed in seeds]) for scores in four)
    alone, on_top = only - nothing, base - without
    differences: Any = alone - on_top
    low, high = t_interval(differences) or (None, None)
    return Interaction(
        piece=piece,
        alone=float(alone.mean()),
        on_top=float(on_top.mean()),
        difference=float(differences.mean()),
        low=low,
        high=high,
        p=t_test(differences),
        seeds=seeds,
    )


def _by_seed(arm: ArmResult) -> dict[int, float]:
    return dict(zip(arm.seeds, arm.scores, strict=True))
