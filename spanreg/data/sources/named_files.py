"""Files that a config names, one for each split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from spanreg.data.sources.splits import checked_split_names
from spanreg.packages import expand_home
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.suffixes import content_suffix


def named_files(files: Mapping[str, Path]) -> dict[str, Path]:
    """Return the config key ``files`` with ``~`` replaced by the home folder.

    Raises:
        ConfigurationError: a split's name cannot be a file name, or a home folder is unknown.
    """
    return {split: expand_home(path, f"files.{split}") for split, path in checked_split_names(files).items()}


def file_of_split(files: Mapping[str, Path], split: str) -> Path:
    """Return the file of a split.

    Raises:
        ConfigurationError: the config names no file for the split, or the file does not exist.
    """
    if split not in files:
        hint = suggest(split, files, "splits")
        raise ConfigurationError(f"no file is named for the split {split!r}", path="files", hint=hint)
    path = files[split]
    if path.is_file():
        return path
    # Most often a typing error: the folder's own files are the best hint.
    siblings = sorted(one.name for one in path.parent.glob("*") if one.is_file())[:8]
    hint = f"the folder has: {', '.join(siblings)}" if siblings else "give the path of a file"
    raise ConfigurationError(f"there is no file {path}", path=f"files.{split}", hint=hint)


def content_suffixes(paths: Iterable[Path]) -> tuple[str, ...]:
    """Return the suffixes of files, sorted; those of compressed files without ``.gz`` or ``.zst``."""
    return tuple(sorted({content_suffix(path) for path in paths} - {""}))
