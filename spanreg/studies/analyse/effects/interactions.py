"""Compare the gain of each piece alone with its gain on top of the others, to find interactions of pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.contrasts import contrast_test
from spanreg.studies.analyse.statistics.two_way import LEVEL
from spanreg.studies.analyse.tasks.settings import choice_without_data
from spanreg.studies.define.axes import NOTHING

InteractionVerdict = Literal["none found", "redundant", "synergistic", "not known"]


@dataclass(frozen=True, slots=True)
class PieceInteraction:
    """Interaction of one piece of the base, such as its aggregator, with the others; means over shared seeds.

    ``interactions(results)[0].verdict``
    """

    piece: str
    alone: float
    "Gain of the piece when all others are left out (``add_one``)."
    on_top: float
    "Gain of the piece when all others are present (``leave_one_out``)."
    difference: float
    "``alone - on_top``."
    low: float | None
    high: float | None
    "Ends of the 95 % confidence interval of the difference, by the decisive test; None without a test."
    p: float | None
    "P-value of the decisive test, which is not corrected for the number of pieces."
    seeds: tuple[int, ...]
    "The seeds of all four arms."
    greater_is_better: bool = True
    task: str = ""

    @property
    def verdict(self) -> InteractionVerdict:
        """The conclusion about the interaction of the piece with the others.

        ``redundant``: its gain alone is larger than on top of the others. ``synergistic``: it is smaller.
        ``none found``: the difference is not significant. ``not known``: it cannot be tested.
        """
        if self.p is None:
            return "not known"
        if self.p >= LEVEL:
            return "none found"
        return "redundant" if (self.difference > 0) == self.greater_is_better else "synergistic"


def interactions(results: StudyResults) -> list[PieceInteraction]:
    """Return one row for each piece that was run in both modes, ``add_one`` and ``leave_one_out``, by task."""
    found: list[PieceInteraction] = []
    for task in results.tasks:
        # By setting: with several tasks, the name of an arm has its task as well.
        arms = {arm.arm.setting or arm.name: arm for arm in results.arms if arm.task == task}
        whole = (arm for arm in arms.values() if arm.arm.choice is not None and not choice_without_data(arm.arm.choice))
        base, nothing = next(whole, None), arms.get(NOTHING)
        if base is None or nothing is None:
            continue
        rows = [replace(row, task=task) for row in _rows(arms, base, nothing)]
        found += [replace(row, piece=f"{row.piece} on {task}") for row in rows] if len(results.tasks) > 1 else rows
    return found


def _rows(arms: Mapping[str, ArmResult], base: ArmResult, nothing: ArmResult) -> Iterator[PieceInteraction]:
    """Yield the interaction of every piece whose four arms have a seed in common.

    The modes name their arms: ``only PIECE`` (``add_one``) and ``without PIECE`` (``leave_one_out``).
    """
    for name, only in arms.items():
        piece = name.removeprefix("only ")
        without = arms.get(f"without {piece}")
        if piece == name or without is None:
            continue
        four = (only, nothing, base, without)
        seeds = sorted(set.intersection(*(set(arm.seeds) for arm in four)))
        if seeds:
            yield _interaction(piece, tuple(seeds), four)


def _interaction(piece: str, seeds: tuple[int, ...], four: Sequence[ArmResult]) -> PieceInteraction:
    # All four arms of one seed share initial weights and batches, so differences are taken within seeds.
    rows = [[arm.seeds.index(seed) for seed in seeds] for arm in four]
    only, nothing, base, without = (np.array(arm.scores)[chosen] for arm, chosen in zip(four, rows, strict=True))
    alone, on_top = only - nothing, base - without
    test = contrast_test([arm_table(arm) for arm in four], [1.0, -1.0, -1.0, 1.0]).test
    return PieceInteraction(
        piece=piece,
        alone=float(alone.mean()),
        on_top=float(on_top.mean()),
        difference=float((alone - on_top).mean()),
        low=test.low if test else None,
        high=test.high if test else None,
        p=test.p if test else None,
        seeds=seeds,
        greater_is_better=four[0].greater_is_better,
    )
