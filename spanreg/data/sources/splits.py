"""Names of splits: their roles, their order, and errors about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from spanreg.registry import ConfigurationError, suggest
from spanreg.storage import require_file_name

T = TypeVar("T")

ORDER: Final = ("train", "validation", "test")
"Splits that come before all others."

_WORD: Final = re.compile(r"[a-z]+")


def is_test_split(name: str) -> bool:
    """Return whether a split is reserved for the final evaluation: its labels may be unknown, and training skips it.

    Such a name has a word that begins with ``test``, as in ``test2``, ``test-hidden`` and ``heldout_test``, and no
    word that marks it as development data, as in ``devtest`` and ``test_validation``.
    """
    words = _WORD.findall(name.lower())  # digits, dashes and underscores separate words
    develops = any(word.startswith(("dev", "val")) for word in words)
    return not develops and any(word.startswith("test") for word in words)


def is_training_split(name: str) -> bool:
    """Return whether a split is the training set or a variant of it, such as ``train_partial`` and ``train2``."""
    return name.lower().startswith("train")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return splits sorted: train, validation, test, then the others by name."""
    ranks = {split: rank for rank, split in enumerate(ORDER)}
    return tuple(sorted(names, key=lambda name: (ranks.get(name, len(ranks)), name)))


def checked_split_names(files: Mapping[str, T]) -> dict[str, T]:
    """Return a copy of the config key ``files``, split by split.

    Raises:
        ConfigurationError: the name of a split cannot be the name of a file.
    """
    # Run folders have files and folders that are named after splits: a name with a slash would lead out of them.
    return {require_file_name(split, "split", "files"): file for split, file in files.items()}


def require_folder_for_split(path: Path, split: str | None) -> None:
    """Raise an error if a split of a single file is asked for: only folders have splits.

    Args:
        path: a file or a folder.
        split: the split, or None.

    Raises:
        ConfigurationError: the path is a file, and a split is given.
    """
    if split is not None and path.is_file():
        hint = "leave --split out, or give a folder"
        raise ConfigurationError(f"{path} is a single file, without splits", hint=hint)


def require_split(split: str, known: Iterable[str], source: str, *, path: str = "") -> None:
    """Raise an error unless a data set has a split.

    Args:
        split: the split.
        known: all splits of the data set.
        source: name of the data set in the error.
        path: the config key that chooses the splits.

    Raises:
        ConfigurationError: there is no such split.
    """
    names = list(known)
    if split not in names:
        raise ConfigurationError(f"{source} has no split {split!r}", path=path, hint=suggest(split, names, "splits"))
