"""What the name of a split says: its role, and its place among others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ORDER: Final = ("train", "validation", "test")
"Splits that come before all others."

_WORD: Final = re.compile(r"[a-z]+")


def is_test_split(name: str) -> bool:
    """Return whether a split is kept for the end: its labels may be unknown, and it never chooses weights.

    Such a name has a word that begins with ``test``, as in ``test2``, ``test-hidden`` and ``heldout_test``, and none
    that says that it is for development, as in ``devtest`` and ``test_validation``.
    """
    words = _WORD.findall(name.lower())
    develops = any(word.startswith(("dev", "val")) for word in words)
    return not develops and any(word.startswith("test") for word in words)


def is_training_split(name: str) -> bool:
    """Return whether a split is the training set or, as ``train_partial`` and ``train2``, a variant of it."""
    return name.lower().startswith("train")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Sort splits: train, validation, test, then the others by name."""
    ranks = {split: rank for rank, split in enumerate(ORDER)}
    return tuple(sorted(names, key=lambda name: (ranks.get(name, len(ranks)), name)))
