"""Reading JSON files: a damaged file raises one error with its path and its fault."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spanreg import storage
from spanreg.limits import limited

FAULTS: dict[bytes, str] = {
    b"": "is empty",
    b" \n": "is empty",
    b'{"a": 1': "is damaged: it is not JSON (line 1, column 8)",
    b'{"a":\n oops}': "is damaged: it is not JSON (line 2, column 2)",
    b'{"a": "\xff"}': "is damaged: it is not UTF-8 (byte 7)",
    b"[" * 100_000: "is damaged: its JSON is nested too deeply",
    b'{"a": ' + b"1" * 5000 + b"}": "is damaged: it is not JSON (Exceeds the limit (4300 digits) for integer string",
    b"[1]": "is damaged: it is not a JSON object",
}


@pytest.mark.parametrize("content", FAULTS, ids=lambda content: content[:12].decode(errors="replace"))
def test_the_error_names_the_file_and_its_fault(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_bytes(content)
    with pytest.raises(storage.DamagedFileError) as caught:
        storage.read_object(path, hint="train it again")
    assert str(caught.value).startswith(f"{path} {FAULTS[content]}")
    assert str(caught.value).endswith(". train it again")


def test_a_missing_file_or_a_device_is_rejected(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path / "none" / "none.json"):
        with pytest.raises(storage.DamagedFileError, match=r"none\.json is missing"):
            storage.read_object(path)
    with pytest.raises(storage.DamagedFileError, match=r"cannot be read \(Is a directory\)"):
        storage.read_object(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name in ("pipe", "endless"):
        with pytest.raises(storage.DamagedFileError, match=f"{name} is damaged: it is not a file"):
            storage.read_object(tmp_path / name)


def test_a_changed_sealed_object_is_rejected(tmp_path: Path) -> None:
    path, value = tmp_path / "plan.json", {"name": "é", "runs": [1, 2.5, None]}
    storage.write_sealed(path, value)
    assert storage.read_sealed(path) == value
    text = path.read_text(encoding="utf-8")
    for old, new in (("2.5", "2.4"), ("2.5", "NaN"), ('"runs"', '"rums"')):
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(storage.DamagedFileError, match="is not as it was written"):
            storage.read_sealed(path)


def test_an_object_without_a_seal_is_not_verified(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"name": "old"}))
    assert storage.read_sealed(tmp_path / "plan.json") == {"name": "old"}


def test_only_regular_files_within_the_limit_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    (tmp_path / "large.json").write_text('{"a": "' + "x" * 2000 + '"}')
    for name in ("pipe.json", "zero.json"):
        with pytest.raises(storage.DamagedFileError, match="it is not a file"):
            storage.read_object(tmp_path / name)
    with limited(["json=1K"]), pytest.raises(storage.DamagedFileError, match="is larger than 1 KB.* --limit json=N$"):
        storage.read_object(tmp_path / "large.json")
    assert storage.read_object(tmp_path / "large.json")


def test_half_of_a_surrogate_pair_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "\\ud83d\\ude00 \\\\ud800"}')
    assert storage.read_object(tmp_path / "a.json") == {"name": "\U0001f600 \\ud800"}
    for text in ('{"name": "\\ud800"}', '{"\\uDFFF": 1}'):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(storage.DamagedFileError, match="it has half of a surrogate pair in a text"):
            storage.read_object(tmp_path / "a.json")
