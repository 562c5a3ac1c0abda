"""Files that a pattern such as ``corpus/**/*.txt`` matches, found within the command's limit."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from glob import has_magic
from pathlib import Path
from typing import Final

from spanreg.limits import limits
from spanreg.registry import ConfigurationError

_ANY_FOLDERS: Final = "**"
"Part of a pattern that matches any number of folders."


def matching_paths(pattern: str | Path) -> Iterator[Path]:
    """Yield the files and folders that a pattern matches, each once.

    ``list(matching_paths("corpus/**/*.txt"))``

    It matches what ``glob.glob(pattern, recursive=True)`` matches, but a search has an end: a pattern of a stranger's
    config may name the whole disk, and links of a stranger's folder may lead back into it. ``**`` does not follow a
    link to a folder above it.

    Args:
        pattern: path with ``*``, ``?``, ``[...]`` and ``**``.

    Raises:
        ConfigurationError: the search looks at more files and folders than the limit of the command.
    """
    seen: set[str] = set()
    # One by one, so that a caller who only asks whether anything matches stops at the first.
    for path in _PatternSearch(Path(pattern)).matches():
        if path not in seen:
            seen.add(path)
            yield Path(path)


class _PatternSearch:
    """Search for the files and folders of one pattern, which counts what it looks at."""

    def __init__(self, pattern: Path) -> None:
        self.pattern = pattern
        self._left = limits().entries

    def matches(self) -> Iterator[str]:
        """Yield what the pattern matches; several times if several ``**`` match in different ways."""
        # Pairs of a folder and the parts of the pattern that are matched below it.
        named = self.pattern.relative_to(self.pattern.anchor).parts
        waiting = [(self.pattern.anchor, named)] if named else []
        while waiting:
            folder, parts = waiting.pop()
            part, rest = parts[0], parts[1:]
            if part == _ANY_FOLDERS:
                # Several in a row match what one does, but in ever more ways.
                while rest[:1] == (_ANY_FOLDERS,):
                    rest = rest[1:]
                # No folder, too; at the end of a pattern, it also matches files.
                found = [folder]
                for path, is_folder, is_link in self._entries(folder, "*"):
                    if not is_folder:
                        found += [] if rest else [path]
                    elif not (is_link and _leads_up(path, folder)):
                        waiting.append((path, (part, *rest)))
            elif has_magic(part):
                found = [path for path, is_folder, _ in self._entries(folder, part) if is_folder or not rest]
            else:
                found = [os.path.join(folder, part)]
            if rest:
                waiting += [(path, rest) for path in found]
            else:
                yield from filter(os.path.lexists, found)

    def _entries(self, folder: str, pattern: str) -> Iterator[tuple[str, bool, bool]]:
        """Yield what matches a part of a pattern in a folder; hidden files only if the part begins with a dot.

        Yields:
            The path, whether it is a folder, and whether it is a link.
        """
        matches = re.compile(fnmatch.translate(os.path.normcase(pattern))).match
        try:
            # Without a folder, names are relative to the working directory, as the pattern is.
            with os.scandir(folder or os.curdir) as entries:
                for entry in entries:
                    self._count()
                    if matches(os.path.normcase(entry.name)) and (entry.name[0] != "." or pattern[0] == "."):
                        # The list of the folder has the kinds of entries; asking the system for each one takes time.
                        yield os.path.join(folder, entry.name), entry.is_dir(), entry.is_symlink()
        except (OSError, ValueError):  # missing, a file, not readable, or no name of a folder
            return

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConfigurationError(
                f"'{self.pattern}' searches more than {limits().entries:,} files and folders",
                hint="name the folders of the files, or allow more: --limit entries=N",
            )


def _leads_up(link: str, folder: str) -> bool:
    """Return whether a link in a folder leads to the folder or to one above it."""
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(link))
