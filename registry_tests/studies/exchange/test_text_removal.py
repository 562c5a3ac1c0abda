"""Texts are removed from the predictions of a run, and its manifest still verifies them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.storage import DamagedFileError, VerifiedFolder, files_below, record_files, write_manifest
from spanreg.studies.exchange.text_removal import without_texts

WORDS = {"idx": 0, "label": [1, 0], "prediction": [1, 1], "words": ["secret", "text"]}
NUMBERS = {"idx": 0, "label": 1, "prediction": 1, "logits": [0.5, 1e-7]}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a folder, the manifest included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run with the predictions of a token task."""
    folder = tmp_path / "run"
    (folder / "predictions").mkdir(parents=True)
    (folder / "predictions" / "validation.jsonl").write_text(f"{json.dumps(WORDS)}\n" * 2, encoding="utf-8")
    (folder / "metrics.json").write_text("{}", encoding="utf-8")
    write_manifest(folder, record_files(folder, files_below(folder)))
    return folder


def test_words_are_removed_and_the_manifest_fits(run: Path, tmp_path: Path) -> None:
    stripped = without_texts(contents(run), run)
    assert not [name for name, content in stripped.items() if b"secret" in content]
    for name, content in stripped.items():
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / name).write_bytes(content)
    copy = VerifiedFolder(tmp_path / "copy")
    assert copy.faults() == {}
    rows = copy.read_bytes("predictions/validation.jsonl").splitlines()
    assert [json.loads(row) for row in rows] == [{"idx": 0, "label": [1, 0], "prediction": [1, 1]}] * 2


def test_predictions_without_texts_keep_their_bytes(run: Path) -> None:
    (run / "predictions" / "validation.jsonl").write_text(f"{json.dumps(NUMBERS)}\n", encoding="utf-8")
    assert without_texts(contents(run), run) == contents(run)


def test_a_manifest_of_another_program_is_kept(run: Path) -> None:
    (run / "manifest.json").write_text('{"icons": []}', encoding="utf-8")
    stripped = without_texts(contents(run), run)
    assert stripped["manifest.json"] == b'{"icons": []}'
    assert b"secret" not in stripped["predictions/validation.jsonl"]


def test_damaged_predictions_are_an_error(run: Path) -> None:
    (run / "predictions" / "validation.jsonl").write_text('"secret"\n', encoding="utf-8")
    with pytest.raises(DamagedFileError, match="validation.jsonl is damaged: it is not a JSON object"):
        without_texts(contents(run), run)
