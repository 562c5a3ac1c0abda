"""Read files of a folder, verified against its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spanreg.storage.manifest import files_below, read_manifest
from spanreg.storage.reading import DamagedFileError, damaged, parse_object, read_bytes


class VerifiedFolder:
    """A folder whose files are verified against its manifest when they are read.

    The files of a folder without a manifest, from an earlier version of spanreg, are not verified.

    ``VerifiedFolder(path).read_object("metrics.json")``

    Parameters:
        path: the folder.
        hint: how to repair or replace it, for errors.

    Raises:
        DamagedFileError: the manifest itself is damaged.
    """

    def __init__(self, path: Path, hint: str = "") -> None:
        self.path = path
        self.hint = hint
        self.manifest = read_manifest(path, hint)

    def read_bytes(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            DamagedFileError: it is missing or is not as it was written.
        """
        # Repeated until file and manifest fit, or the manifest has not changed since the last attempt.
        while True:
            content = read_bytes(self.path / name, self.hint)
            fault = None if self.manifest is None else self.manifest.fault_of_content(name, content)
            if fault is None:
                return content
            # Another process may have replaced file and manifest between our two reads.
            if not self._has_new_manifest():
                raise damaged(self.path / name, fault, self.hint)

    def read_object(self, name: str) -> dict[str, Any]:
        """Return the JSON object in a file.

        Raises:
            DamagedFileError: it is missing, has changed since it was written, or has no JSON object.
        """
        return parse_object(self.read_bytes(name), self.path / name, self.hint)

    def verify(self, *names: str) -> None:
        """Verify files and folders by their names; a name that was never recorded is skipped.

        Raises:
            DamagedFileError: some are not as they were written; all of these at once.
        """
        faults = self.faults(*names)
        if faults:
            errors = (damaged(self.path / name, fault, self.hint) for name, fault in faults.items())
            raise DamagedFileError(problem for error in errors for problem in error.problems)

    def faults(self, *names: str) -> dict[str, str]:
        """Return the faults of files by their names; without ``names``, of all files in the manifest."""
        found = self._faults(names)
        # As in ``read_bytes``: files that another process has just replaced fit only the new manifest.
        return self.faults(*names) if found and self._has_new_manifest() else found

    def _faults(self, names: Sequence[str]) -> dict[str, str]:
        if self.manifest is None:
            return {}
        wanted = [name for below in names or ("",) for name in (*self.manifest.names(below), *self._present(below))]
        found = {name: self.manifest.fault(self.path, name) for name in dict.fromkeys(wanted)}
        return {name: fault for name, fault in found.items() if fault is not None}

    def _present(self, below: str) -> list[str]:
        """Return the existing files of a name, so that those missing in the manifest are reported."""
        if not below:
            return []
        return [below] if (self.path / below).is_file() else files_below(self.path, below)

    def _has_new_manifest(self) -> bool:
        """Read the manifest again, and return whether it has changed: another process may have replaced files."""
        before, self.manifest = self.manifest, read_manifest(self.path, self.hint)
        return self.manifest != before
