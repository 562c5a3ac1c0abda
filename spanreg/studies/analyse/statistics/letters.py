"""Compact letter display: arms that share a letter do not differ significantly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def compact_letters(differs: NDArray[np.bool_], order: Sequence[int]) -> list[str]:
    """Return the letters of each arm, such that two arms share a letter exactly if they do not differ.

    The sets of arms that share a letter are found by inserting one significant pair after the other, and dropping sets
    that are part of another one (insert-and-absorb, Piepho 2004).

    Args:
        differs: whether each pair differs significantly; symmetric, shape: (arms, arms).
        order: positions of the arms, the best first; ``a`` is a letter of the best.
    """
    # At first all arms share one letter, as if none differed.
    groups = [frozenset(order)]
    for row, first in enumerate(order):
        for second in order[row + 1 :]:
            if differs[first, second]:
                groups = _separated(groups, first, second)
    # Letters follow the ranks of the arms, so that ``a`` belongs to the best one.
    rank = {arm: place for place, arm in enumerate(order)}
    groups.sort(key=lambda group: sorted(rank[arm] for arm in group))
    letters = [_letter(place) for place in range(len(groups))]
    return [
        "".join(letter for letter, group in zip(letters, groups, strict=True) if arm in group)
        for arm in range(len(order))
    ]


def _separated(groups: Sequence[frozenset[int]], first: int, second: int) -> list[frozenset[int]]:
    """Return the groups after each group that has both arms is split in two: one without each of them."""
    made: dict[frozenset[int], None] = {}  # a set with an order, so that letters are the same in every process
    for group in groups:
        parts = (group - {first}, group - {second}) if {first, second} <= group else (group,)
        made.update(dict.fromkeys(parts))
    # A part of another group adds no pair that shares a letter.
    return [group for group in made if not any(group < other for other in made)]


def _letter(place: int) -> str:
    """Return the letter of a group; after ``z`` letters get a number: ``a1``."""
    count, index = divmod(place, len(_ALPHABET))
    return _ALPHABET[index] + (str(count) if count else "")
