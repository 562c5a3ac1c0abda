"""Reading a finished run returns what was written, or an error."""

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

READ = ("config.json", "data.json", "environment.json", "inference.json", "metrics.json", "dictionary.parquet")
MODEL = ("model/config.json", "model/model.safetensors", "model/tokenizer.json", "model/tokenizer_config.json")


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def flip(file: Path, place: int | None = None) -> None:
    """Change one bit, by default in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 4
    file.write_bytes(content)


def test_the_manifest_holds_every_file_that_is_read(finished: Path) -> None:
    manifest = read_manifest(finished)
    assert manifest is not None
    assert {*READ, *MODEL, "model/manifest.json", "predictions/validation.jsonl"} <= set(manifest.names())
    assert not {"status.json", "train.log"} & set(manifest.names())
    assert RunReader(finished).files.faults() == {}


@pytest.mark.parametrize("name", [*MODEL, "inference.json", "dictionary.parquet", "config.json"])
def test_no_flipped_bit_reaches_a_prediction(copy: Path, name: str) -> None:
    flip(copy / name)
    with pytest.raises(DamagedFileError) as caught:
        SavedRun(copy)
    assert str(caught.value).startswith(f"{copy / name} is damaged: it is not as it was written")


@pytest.mark.parametrize("place", range(0, 200, 8))
def test_no_flipped_bit_of_the_state_passes(copy: Path, place: int) -> None:
    flip(copy / "status.json", place)
    with pytest.raises(ConfigurationError, match=r"status\.json is damaged|manifest\.json is missing"):
        finished_run(copy)


def test_a_lost_manifest_is_missed(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    with pytest.raises(DamagedFileError, match=r"run/manifest\.json is missing"):
        SavedRun(copy)


def test_a_lost_dictionary_is_missed(copy: Path, as_earlier_version: Callable[[Path], None]) -> None:
    (copy / "dictionary.parquet").unlink()
    with pytest.raises(DamagedFileError, match=r"run/dictionary\.parquet is missing"):
        SavedRun(copy)
    as_earlier_version(copy)
    with pytest.raises(DamagedFileError, match=r"run/dictionary\.parquet is missing"):
        SavedRun(copy)


def test_a_run_of_an_earlier_version_is_read_as_it_is(copy: Path, as_earlier_version: Callable[[Path], None]) -> None:
    as_earlier_version(copy)
    figures = evaluate_on_split(SavedRun(copy), "validation")
    assert figures == finished_run(copy).read("metrics")["splits"]["validation"]
    assert not (copy / "manifest.json").exists(), "nobody knows whether its files are as they were written"


@pytest.mark.parametrize("name", ["model/model.safetensors", "model/tokenizer.json", "model/config.json"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"[" * 100_000])
def test_an_error_of_a_library_over_a_damaged_file_is_one_message(
    copy: Path, as_earlier_version: Callable[[Path], None], name: str, content: bytes
) -> None:
    as_earlier_version(copy)
    (copy / name).write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        SavedRun(copy)
    assert len(str(caught.value).splitlines()) == 1
    assert str(copy) in str(caught.value)


def test_a_model_alone_is_verified_too(finished: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(finished / "model", tmp_path / "model"))
    AutoModelForSequenceClassification.from_pretrained(model)
    (model / "README.md").write_text("better words")
    AutoModelForSequenceClassification.from_pretrained(model)
    flip(model / "model.safetensors", -1)
    with pytest.raises(DamagedFileError, match=r"model/model\.safetensors is damaged: it is not as it was written"):
        AutoModelForSequenceClassification.from_pretrained(model)


def test_an_evaluation_becomes_part_of_the_manifest(copy: Path) -> None:
    figures = evaluate_on_split(SavedRun(copy), "test")
    assert RunReader(copy).files.faults() == {}
    assert finished_run(copy).read("metrics")["splits"]["test"] == figures
    assert "predictions/test.jsonl" in RunReader(copy).files.manifest.names()  # type: ignore[union-attr]
    assert RunFolder(copy).leftovers() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_run_that_is_not_writable_is_scored_all_the_same(
    finished: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is complete and not writable either."""
    with TemporaryDirectory() as folder:  # pytest's own cannot be entered by others
        Path(folder).chmod(0o755)
        monkeypatch.setenv("SPANREG_CACHE", str(Path(folder, "cache")))
        check_read_only(Path(shutil.copytree(finished, Path(folder, "run"))), caplog)


def check_read_only(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = SavedRun(copy)
    expected = evaluate_on_split(run, "test")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    os.seteuid(65534)
    try:
        with caplog.at_level("WARNING", "spanreg"):
            assert evaluate_on_split(run, "test") == expected
    finally:
        os.seteuid(0)
    assert f"the run in {copy} is not writable: its figures on 'test' were not stored" in caplog.text
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_what_killed_processes_left_in_a_finished_run_goes(make_config: Any, tmp_path: Path) -> None:
    """Temporary files, and checkpoints of a process that was killed between its last two steps."""
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
