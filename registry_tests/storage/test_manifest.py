"""Manifests: files are verified against their checksums, also while files are replaced."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spanreg import storage
from spanreg.registry import ConfigurationError
from spanreg.storage import VerifiedFolder

FILES = {"metrics.json": '{"f1": 0.5}', "model/weights": "abc", "predictions/test.jsonl": "{}\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three files and their manifest."""
    for name, text in FILES.items():
        storage.write_text(tmp_path / "run" / name, text)
    seal(tmp_path / "run")
    return tmp_path / "run"


def seal(folder: Path) -> None:
    """Write the manifest of all files of a folder."""
    storage.write_manifest(folder, storage.record_files(folder, storage.files_below(folder)))


def test_a_manifest_lists_all_files_except_itself_and_temporary_ones(folder: Path) -> None:
    (folder / ".metrics.json.abc.part").touch()
    seal(folder)
    manifest = storage.read_manifest(folder)
    assert manifest is not None
    assert manifest.names() == sorted(FILES)
    assert manifest.names("model") == ["model/weights"]
    assert VerifiedFolder(folder).faults() == {}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("model/weights", "abd", "is damaged: it is not as it was written (its SHA-256 differs)"),
        ("model/weights", "abcd", "is damaged: it has 4 bytes, and 3 were written"),
        ("model/weights", None, "is missing"),
        ("model/other", "new", "is damaged: it is not in manifest.json"),
    ],
)
def test_a_changed_file_is_reported(folder: Path, name: str, content: str | None, fault: str) -> None:
    (folder / name).unlink(missing_ok=True)
    if content is not None:
        (folder / name).write_text(content)
    files = VerifiedFolder(folder, "copy it again")
    with pytest.raises(storage.DamagedFileError) as caught:
        files.verify("model")
    assert str(caught.value) == f"{folder / name} {fault}. copy it again"
    files.verify("predictions", "dictionary.parquet")


def test_content_is_verified_on_reading(folder: Path) -> None:
    files = VerifiedFolder(folder)
    assert files.read_object("metrics.json") == {"f1": 0.5}
    (folder / "metrics.json").write_text('{"f1": 0.6}')
    with pytest.raises(storage.DamagedFileError, match=r"metrics\.json is damaged: it is not as it was written"):
        files.read_object("metrics.json")


def test_a_folder_without_a_manifest_is_not_verified(folder: Path) -> None:
    (folder / storage.MANIFEST).unlink()
    (folder / "metrics.json").write_text('{"f1": 0.6}')
    assert VerifiedFolder(folder).read_object("metrics.json") == {"f1": 0.6}


def test_a_foreign_manifest_is_ignored(folder: Path) -> None:
    (folder / storage.MANIFEST).write_text('{"name": "a web application"}')
    assert storage.read_manifest(folder) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": 2}, "has the format 2, this version reads 1"),
        ({"files": []}, "is damaged: it is not a manifest"),
        ({"files": {"a": {"sha256": "b"}}}, "is damaged: it is not a manifest"),
        (
            {"files": {"a": {"sha256": "b", "bytes": "5"}}},
            "('files.a.bytes' is \"5\", a string, where an integer is expected)",
        ),
        ({"files": {"a": {"sha256": "b", "bytes": None}}}, "is damaged: it is not a manifest"),
        ({"files": {"a": {"sha256": 5, "bytes": 1}}}, "is damaged: it is not a manifest"),
        ({"pending": {"a": {"sha256": "b", "bytes": 1.5}}}, "is damaged: it is not a manifest"),
        ({"files": {"../a": {"sha256": "b", "bytes": 1}}}, "it names '../a', which is not inside its folder"),
        ({"files": {"/etc/passwd": {"sha256": "b", "bytes": 1}}}, "which is not inside its folder"),
    ],
)
def test_an_invalid_manifest_is_rejected(folder: Path, change: dict[str, object], fault: str) -> None:
    storage.write_sealed(folder / storage.MANIFEST, {"format": 1, "files": {}, **change})
    with pytest.raises(ConfigurationError) as caught:
        storage.read_manifest(folder)
    assert fault in str(caught.value)


def test_a_flipped_bit_of_a_manifest_is_reported(folder: Path) -> None:
    path = folder / storage.MANIFEST
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            faults = VerifiedFolder(folder).faults()
        except ConfigurationError:
            continue
        assert faults or json.loads(path.read_bytes()) == json.loads(content), place


def test_a_named_pipe_is_not_read(folder: Path) -> None:
    (folder / "model" / "weights").unlink()
    os.mkfifo(folder / "model" / "weights")
    assert VerifiedFolder(folder).faults() == {"model/weights": "it is not a file"}


def staged_files(folder: Path) -> Path:
    """Return a folder with two files to move into another folder, where one of them replaces a file."""
    place = folder.with_name("staged")
    storage.write_text(place / "metrics.json", '{"f1": 0.7}')
    storage.write_text(place / "predictions" / "ax.jsonl", "{}\n")
    return place


def test_replaced_files_are_recorded_in_the_manifest(folder: Path) -> None:
    reader = VerifiedFolder(folder)
    storage.replace_files(folder, staged_files(folder))
    assert VerifiedFolder(folder).faults() == {}
    assert reader.read_object("metrics.json") == {"f1": 0.7}, "a reader that was opened before uses the new manifest"
    assert reader.faults() == {}


@pytest.mark.parametrize("interrupted_call", range(12))
def test_an_interrupted_replacement_leaves_a_valid_folder(
    folder: Path, interrupted_call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt at any rename leaves old or new files, and the next replacement completes them."""
    place, calls, rename = staged_files(folder), iter(range(99)), os.replace

    def interrupted_rename(*paths: object, **options: object) -> None:
        if next(calls) == interrupted_call:
            raise KeyboardInterrupt
        rename(*paths, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted_rename)
        try:
            storage.replace_files(folder, place)
        except KeyboardInterrupt:
            pass
        else:
            # Four renames: the manifest with the pending files, two files, and the final manifest.
            assert interrupted_call >= 4
    files = VerifiedFolder(folder)
    assert files.faults("metrics.json", "predictions", "model") == {}
    assert files.read_object("metrics.json")["f1"] in (0.5, 0.7)
    storage.replace_files(folder, staged_files(folder))
    assert VerifiedFolder(folder).faults() == {}
    assert VerifiedFolder(folder).read_object("metrics.json") == {"f1": 0.7}
    manifest = storage.read_manifest(folder)
    assert manifest is not None
    assert not manifest.pending
