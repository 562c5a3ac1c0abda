"""What the name of a split says: its role, its place among others, and whether a file can have it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from spanreg.registry import ConfigurationError

ORDER: Final = ("train", "validation", "test")
"Splits that come before all others."

LONGEST_NAME: Final = 100
"Characters."

_WORD: Final = re.compile(r"[a-z]+")
_FORBIDDEN: Final = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]")


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


def check_split_name(name: str, path: str = "") -> None:
    """Raise an error where a split's predictions could not have a file of its name in the run folder.

    Args:
        name: of the split.
        path: the key that names it, for errors.

    Raises:
        ConfigurationError: the name is empty, too long, a hidden file's, or has a character that leads into a folder.
    """
    strange = not name.strip() or name != name.strip() or name.startswith(".") or _FORBIDDEN.search(name)
    if strange or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise ConfigurationError(
            f"{name!r} is no name of a split",
            path=path,
            hint=f"a file gets this name: give at most {LONGEST_NAME} characters, without slashes or a dot in front",
        )
