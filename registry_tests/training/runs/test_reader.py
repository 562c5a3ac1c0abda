"""Reading a finished run: every damaged or missing file is an error."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from transformers import AutoModelForSequenceClassification

import spanreg.integrations.transformers  # noqa: F401  (registers the auto classes)
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import DamagedFileError, read_manifest
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import RunReader, finished_run
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

RUN_FILES = ("config.json", "data.json", "environment.json", "inference.json", "metrics.json", "dictionary.parquet")
MODEL_FILES = ("model/config.json", "model/model.safetensors", "model/tokenizer.json", "model/tokenizer_config.json")


@pytest.fixture
def run_copy(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run, which the test may change."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def flip_bit(file: Path, place: int | None = None) -> None:
    """Change one bit of the byte at ``place``, by default in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 4
    file.write_bytes(content)


def test_the_manifest_has_every_file_that_is_read(finished: Path) -> None:
    manifest = read_manifest(finished)
    assert manifest is not None
    assert {*RUN_FILES, *MODEL_FILES, "model/manifest.json", "predictions/validation.jsonl"} <= set(manifest.names())
    assert not {"status.json", "train.log"} & set(manifest.names())
    assert RunReader(finished).files.faults() == {}


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"], ids=ascii)
def test_predictions_may_contain_every_sign_that_separates_lines(tmp_path: Path, sign: str) -> None:
    rows = [{"idx": row, "label": 0, "prediction": 0, "tokens": [f"red{sign}fox"]} for row in range(2)]
    file = RunReader(tmp_path).predictions_of("validation")
    file.parent.mkdir()
    file.write_bytes("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    assert RunReader(tmp_path).read_predictions("validation") == rows


@pytest.mark.parametrize("name", [*MODEL_FILES, "inference.json", "dictionary.parquet", "config.json"])
def test_a_flipped_bit_in_a_file_is_reported(run_copy: Path, name: str) -> None:
    flip_bit(run_copy / name)
    with pytest.raises(DamagedFileError) as caught:
        SavedRun(run_copy)
    assert str(caught.value).startswith(f"{run_copy / name} is damaged: it is not as it was written")


@pytest.mark.parametrize("place", range(0, 200, 8))
def test_a_flipped_bit_in_the_status_is_reported(run_copy: Path, place: int) -> None:
    flip_bit(run_copy / "status.json", place)
    with pytest.raises(ConfigurationError, match=r"status\.json is damaged|manifest\.json is missing"):
        finished_run(run_copy)


def test_a_missing_manifest_is_reported(run_copy: Path) -> None:
    (run_copy / "manifest.json").unlink()
    with pytest.raises(DamagedFileError, match=r"run/manifest\.json is missing"):
        SavedRun(run_copy)


def test_a_missing_dictionary_is_reported(run_copy: Path, as_earlier_version: Callable[[Path], None]) -> None:
    (run_copy / "dictionary.parquet").unlink()
    with pytest.raises(DamagedFileError, match=r"run/dictionary\.parquet is missing"):
        SavedRun(run_copy)
    as_earlier_version(run_copy)
    with pytest.raises(DamagedFileError, match=r"run/dictionary\.parquet is missing"):
        SavedRun(run_copy)


def test_a_run_of_an_earlier_version_is_read_without_verification(
    run_copy: Path, as_earlier_version: Callable[[Path], None]
) -> None:
    as_earlier_version(run_copy)
    figures = evaluate_on_split(SavedRun(run_copy), "validation")
    assert figures == finished_run(run_copy).read("metrics")["splits"]["validation"]
    assert not (run_copy / "manifest.json").exists(), "an evaluation must not vouch for files that were never verified"


@pytest.mark.parametrize("name", ["model/model.safetensors", "model/tokenizer.json", "model/config.json"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"[" * 100_000])
def test_errors_of_libraries_that_read_damaged_files_are_one_line(
    run_copy: Path, as_earlier_version: Callable[[Path], None], name: str, content: bytes
) -> None:
    as_earlier_version(run_copy)
    (run_copy / name).write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        SavedRun(run_copy)
    assert len(str(caught.value).splitlines()) == 1
    assert str(run_copy) in str(caught.value)


def test_a_model_folder_is_verified_without_its_run(finished: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(finished / "model", tmp_path / "model"))
    AutoModelForSequenceClassification.from_pretrained(model)
    (model / "README.md").write_text("better words")
    AutoModelForSequenceClassification.from_pretrained(model)
    flip_bit(model / "model.safetensors", -1)
    with pytest.raises(DamagedFileError, match=r"model/model\.safetensors is damaged: it is not as it was written"):
        AutoModelForSequenceClassification.from_pretrained(model)


def test_an_evaluation_is_added_to_the_manifest(run_copy: Path) -> None:
    figures = evaluate_on_split(SavedRun(run_copy), "test")
    assert RunReader(run_copy).files.faults() == {}
    assert finished_run(run_copy).read("metrics")["splits"]["test"] == figures
    assert "predictions/test.jsonl" in RunReader(run_copy).files.manifest.names()  # type: ignore[union-attr]
    assert RunFolder(run_copy).leftovers() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
def test_a_read_only_run_is_evaluated_without_storing_figures(
    finished: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is not writable either, but has all that the evaluation needs."""
    with TemporaryDirectory() as folder:  # other users cannot enter the folder of `tmp_path`
        Path(folder).chmod(0o755)
        monkeypatch.setenv("SPANREG_CACHE", str(Path(folder, "cache")))
        check_that_a_read_only_run_is_scored(Path(shutil.copytree(finished, Path(folder, "run"))), caplog)


def check_that_a_read_only_run_is_scored(run_copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Evaluate as a user without rights: equal figures, a warning, and no file changed."""
    run = SavedRun(run_copy)
    expected = evaluate_on_split(run, "test")
    before = {path: path.stat().st_mtime_ns for path in run_copy.rglob("*")}
    os.seteuid(65534)  # "nobody"
    try:
        with caplog.at_level("WARNING", "spanreg"):
            assert evaluate_on_split(run, "test") == expected
    finally:
        os.seteuid(0)
    assert f"the run in {run_copy} is not writable: its figures on 'test' were not stored" in caplog.text
    assert {path: path.stat().st_mtime_ns for path in run_copy.rglob("*")} == before


def test_files_of_killed_processes_are_removed_from_a_finished_run(make_config: Any, tmp_path: Path) -> None:
    """Leftovers are temporary files, and checkpoints that a process was to remove when it was killed."""
    config, run = Params(make_config({"max_steps": 2, "checkpoint_every": 1, "keep": 1})), tmp_path / "run"
    metrics = train(config, run)
    shutil.copytree(run / "checkpoints" / "step-2", run / "checkpoints" / "step-1")
    leftovers = [".metrics.json.a.part", "predictions/.validation.jsonl.b.part", "checkpoints/.step-3.c.part"]
    for name in leftovers:
        (run / name).write_text("")
    (run / ".notes.txt.part").write_text("mine")
    assert train(config, run) == metrics
    assert [name for name in leftovers if (run / name).exists()] == []
    assert RunFolder(run).checkpoints.steps() == [2]
    assert (run / ".notes.txt.part").exists()
    assert json.loads((run / "status.json").read_text())["checkpoints"] == [2]
