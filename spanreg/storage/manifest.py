"""The manifest of a folder: size and SHA-256 of each of its files, verified when they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NotRequired, TypedDict

from spanreg.registry import ConfigurationError
from spanreg.storage.errors import explain_write_errors
from spanreg.storage.files import flush, spell_json
from spanreg.storage.hashes import hash_file, hash_json
from spanreg.storage.reading import SEAL, damaged, read_object, unsealed, write_sealed
from spanreg.storage.shapes import shape_fault

MANIFEST: Final = "manifest.json"

_FORMAT: Final = 1
"Version of the format; it increases when an older version of spanreg would misread a manifest."
_NEWER: Final = "read it with the version of spanreg that wrote it, or a newer one"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size and SHA-256 of a file, as recorded in a manifest.

    ``FileRecord.of(Path("run/metrics.json")).sha256``
    """

    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Return the record of a file as it is now."""
        return cls(hash_file(path), path.stat().st_size)


class _WrittenRecord(TypedDict):
    """A ``FileRecord`` as it is written; further keys are ignored."""

    sha256: str
    bytes: int


class _WrittenManifest(TypedDict):
    """A manifest as it is written."""

    files: dict[str, _WrittenRecord]
    pending: NotRequired[dict[str, _WrittenRecord]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The records of a folder's files, by their names relative to the folder.

    ``read_manifest(Path("run")).fault(Path("run"), "metrics.json")``
    """

    files: Mapping[str, FileRecord]
    pending: Mapping[str, FileRecord] = field(default_factory=dict)
    """Records of files that were about to be added or replaced when the manifest was written. Until it is written again
    either file is right, so that a process that is killed in between leaves no folder that looks damaged."""

    def names(self, below: str = "") -> list[str]:
        """Return the names of all files that must be there: those of a folder, or one file, or all."""
        return [name for name in self.files if not below or name == below or name.startswith(f"{below}/")]

    def fault(self, folder: Path, name: str) -> str | None:
        """Return what is wrong with a file; None if it is as it was written.

        Args:
            folder: the folder of the manifest.
            name: the file, relative to the folder.
        """
        path = folder / name
        accepted = [record for record in (self.files.get(name), self.pending.get(name)) if record is not None]
        if not path.exists():
            return "is missing" if name in self.files else None
        if not accepted:
            return f"it is not in {MANIFEST}"
        try:
            size = path.stat().st_size
            if not path.is_file():
                return "it is not a file"
            # The size first: it needs no reading, and says more than a hash.
            if all(record.bytes != size for record in accepted):
                return f"it has {size:,} bytes, and {accepted[0].bytes:,} were written"
            return _mismatch(hash_file(path), accepted)
        except OSError as error:
            return f"cannot be read ({error.strerror})"

    def fault_of_content(self, name: str, content: bytes) -> str | None:
        """Return what is wrong with the content of a file that has been read; None if it is as it was written."""
        accepted = [record for record in (self.files.get(name), self.pending.get(name)) if record is not None]
        return _mismatch(hashlib.sha256(content).hexdigest(), accepted) if accepted else f"it is not in {MANIFEST}"


def read_manifest(folder: Path, hint: str = "") -> Manifest | None:
    """Return a folder's manifest; None where there is none, or one that something else has written.

    Raises:
        DamagedFileError: it is damaged.
        ConfigurationError: a newer version wrote it.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    written = read_object(path, hint)
    # Another program may have put a manifest.json into the folder, as web apps have one.
    if "format" not in written and SEAL not in written:
        return None
    found = unsealed(written, path, hint, required=True)
    if found.get("format") != _FORMAT:
        raise ConfigurationError(
            f"{path} has the format {found.get('format')}, this version reads {_FORMAT}", hint=_NEWER
        )
    if fault := shape_fault(found, _WrittenManifest):
        raise damaged(path, f"it is not a manifest ({fault})", hint)
    manifest = Manifest(_records(found["files"]), _records(found.get("pending", {})))
    # Security: a stranger's manifest must not make us read, and report the hash of, a file elsewhere.
    if outside := next((name for name in (*manifest.files, *manifest.pending) if not _is_inside(name)), None):
        raise damaged(path, f"it names {outside!r}, which is not inside its folder", hint)
    return manifest


def write_manifest(
    folder: Path, files: Mapping[str, FileRecord], pending: Mapping[str, FileRecord] | None = None
) -> None:
    """Write a folder's manifest whole or not at all."""
    parts = {"files": files, "pending": pending} if pending else {"files": files}
    plain = {
        part: {name: asdict(record) for name, record in sorted(records.items())} for part, records in parts.items()
    }
    write_sealed(folder / MANIFEST, {"format": _FORMAT, **plain})


def manifest_with(content: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Return a manifest in which some files have other contents, as the content of its file.

    Args:
        content: a manifest that was verified, or a file of another program, which is returned as it is.
        changed: new contents by the names of the files.
    """
    found = json.loads(content)
    if SEAL not in found:
        return content
    written = {key: value for key, value in found.items() if key != SEAL}
    records = {name: asdict(FileRecord(hashlib.sha256(one).hexdigest(), len(one))) for name, one in changed.items()}
    value = {**written, "files": {**written["files"], **records}}
    return spell_json({**value, SEAL: hash_json(value)}).encode()


def record_files(folder: Path, names: Iterable[str]) -> dict[str, FileRecord]:
    """Return the records of files as they are now, by their names relative to the folder."""
    return {name: FileRecord.of(folder / name) for name in names}


def files_below(folder: Path, below: str = "", keep: Callable[[str], bool] = lambda name: True) -> list[str]:
    """Return the names of all files of a folder, relative to it, in order.

    Args:
        folder: the folder.
        below: only files of this subfolder.
        keep: returns whether to include a name; default: all but temporary files and the manifest itself.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in (folder / below).rglob("*") if path.is_file())
    return [name for name in names if name != MANIFEST and not name.endswith(".part") and keep(name)]


def replace_files(folder: Path, staged: Path) -> None:
    """Move the files of another folder into a folder and update its manifest; the caller holds the folder's lock.

    If the process is killed, every file is either the old or the new one, and the manifest accepts both.

    Args:
        folder: target; no manifest is written if it has none.
        staged: a folder on the same disk, with the files under their new names.

    Raises:
        ConfigurationError: the folder cannot be written to.
    """
    manifest, records = read_manifest(folder), record_files(staged, files_below(staged))
    known = {} if manifest is None else _settled(folder, manifest)
    # First, so that the manifest accepts both versions of each file while they are replaced.
    if manifest is not None:
        write_manifest(folder, known, records)
    for name in records:
        # The content must be on the disk before the name refers to it.
        flush(staged / name)
        with explain_write_errors(folder / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).replace(folder / name)
        flush((folder / name).parent)
    if manifest is not None:
        write_manifest(folder, {**known, **records})


def _settled(folder: Path, manifest: Manifest) -> dict[str, FileRecord]:
    """Return the records of a folder after an update that may have been interrupted."""
    existing = {name: record for name, record in manifest.pending.items() if (folder / name).is_file()}
    renewed = {name: record for name, record in existing.items() if FileRecord.of(folder / name) == record}
    return {**manifest.files, **renewed}


def _mismatch(sha256: str, accepted: Iterable[FileRecord]) -> str | None:
    if any(record.sha256 == sha256 for record in accepted):
        return None
    return "it is not as it was written (its SHA-256 differs)"


def _records(written: Mapping[str, _WrittenRecord]) -> dict[str, FileRecord]:
    return {name: FileRecord(facts["sha256"], facts["bytes"]) for name, facts in written.items()}


def _is_inside(name: str) -> bool:
    """Return whether a name refers to a file inside the folder."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name
