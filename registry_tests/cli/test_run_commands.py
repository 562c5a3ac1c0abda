"""``spanreg train``, ``evaluate`` and ``predict``: output, exit codes, and what they write."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from registry_tests.warm_python import WarmPython
from spanreg.cli.main import main

CONFIG = """
{
  data: { type: 'demo', limit: 24 },
  encoder: { type: 'tiny', dim: 16, layers: 1 },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  training: { max_steps: 2, batch_size: 8, max_tokens: 32 },
}
"""

SECRET = "s3cr3t-v4lue"
"Value of external variables that may be passwords; no file of the run may have it."


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a small config."""
    path = tmp_path_factory.mktemp("config") / "tiny.jsonnet"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def run(config: Path) -> Path:
    """Return the folder of a finished run, trained with secret external variables and the random seed 17."""
    variables = [f"--ext-var=UNUSED={SECRET}", "--ext-var", f"API_TOKEN={SECRET}", "--ext-var", "SEED=17"]
    overrides = ["-o", "{ seed: std.parseInt(std.extVar('SEED')) + 0 * std.length(std.extVar('API_TOKEN')) }"]
    assert main(["train", str(config), "-s", str(config.parent / "run"), "-q", *variables, *overrides]) == 0
    return config.parent / "run"


def test_the_run_folder_has_no_secret_variables(run: Path) -> None:
    files = [path for path in run.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    command = json.loads((run / "environment.json").read_text())["command"]
    assert [part for part in command if "=" in part] == ["--ext-var=UNUSED=***", "API_TOKEN=***", "SEED=17"]


def test_train_prints_the_metrics(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(config), "-s", str(tmp_path / "run")]) == 0
    captured = capsys.readouterr()
    header, row, end = captured.out.splitlines()
    assert header.startswith("split\taccuracy")
    assert row.startswith("validation\t")
    assert end.endswith(f"everything is in {tmp_path / 'run'}")
    assert "training for 2 steps" in captured.err


def test_a_quiet_run_still_writes_its_log(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(config), "-s", str(tmp_path / "run"), "-q"]) == 0
    assert capsys.readouterr().err == "24 of 24 examples were truncated to 32 tokens\n"
    assert "training for 2 steps" in (tmp_path / "run" / "train.log").read_text()


def test_train_prints_json(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(config), "-s", str(tmp_path / "run"), "--json", "--set", "training.max_steps=1"]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["steps"] == 1


def test_a_replaced_component_drops_its_old_options_with_a_warning(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(config), "-s", str(tmp_path / "run"), "--set", "aggregator.type=none"]) == 0
    assert "aggregator.kernel_size: dropped" in capsys.readouterr().err
    assert json.loads((tmp_path / "run" / "config.json").read_text())["aggregator"] == {"type": "none"}


def test_a_finished_run_is_not_overwritten(config: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (run / "status.json").read_bytes()
    assert main(["train", str(config), "-s", str(run), "--set", "seed=17"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("split\taccuracy")
    assert "is finished: there is nothing to do. --restart trains it again" in captured.err
    for options in ([], ["--resume"], ["--restart"]):
        assert main(["train", str(config), "-s", str(run), "--set", "seed=4", *options]) == 2
        assert "seed: 17 -> 4" in capsys.readouterr().err
    assert main(["train", str(config), "-s", str(run), "--resume", "--restart"]) == 2
    assert "not allowed with argument --resume" in capsys.readouterr().err
    assert (run / "status.json").read_bytes() == before


def test_all_mistakes_of_a_config_are_reported_at_once(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["--set", "training.max_steps=0", "--set", "encoder.type=tinny", "--set", "sed=1"]
    assert main(["train", str(config), "-s", str(tmp_path / "run"), *wrong]) == 2
    errors = capsys.readouterr().err
    assert all(key in errors for key in ("training.max_steps", "encoder", "sed"))
    assert not (tmp_path / "run").exists()


def test_evaluate_scores_the_validation_split_or_a_given_one(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run)]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("validation\t")
    assert main(["evaluate", str(run), "--split", "test", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["test"]


def test_evaluate_scores_a_file_and_writes_predictions(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "spill the beans", "label": "figurative"}\n')
    out = tmp_path / "out.jsonl"
    assert main(["evaluate", str(run), "--data", str(tmp_path / "in.jsonl"), "--predictions", str(out)]) == 0
    assert out.read_text().count("\n") == 1
    assert main(["evaluate", str(run), "--predictions", str(out)]) == 2
    assert "--predictions: needs --data" in capsys.readouterr().err


def test_predict_and_evaluate_read_csv(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a byte order mark.
    rows = b'\xef\xbb\xbftext,label\nspill the beans,figurative\n"a, b",literal\n'
    (tmp_path / "rows").write_bytes(rows)
    data = [str(tmp_path / "rows"), "--format", "csv"]
    assert main(["predict", str(run), *data]) == 0
    out = capsys.readouterr().out
    answers = [json.loads(line) for line in out.splitlines()]
    assert [(answer["text"], answer["gold_label"]) for answer in answers] == [
        ("spill the beans", "figurative"),
        ("a, b", "literal"),
    ]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(rows)))
    assert main(["predict", str(run), "-", "--format", "csv"]) == 0
    assert capsys.readouterr().out == out
    assert main(["evaluate", str(run), "--data", *data, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)[data[0]]) == {"accuracy", "f1", "loss"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "RUN", "--format", "csv"], "--format: needs --data"),
        (
            ["evaluate", "RUN", "--data", "x", "--split", "a", "--split", "b"],
            "--split: is given several times with --data",
        ),
        (["predict", "RUN", "-", "--format", "parquet"], "--format: cannot be used for stdin. give the file"),
        (["predict", "RUN", "-", "--split", "test"], "--split: cannot be used for stdin. give a folder"),
    ],
)
def test_arguments_that_exclude_each_other(
    run: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run) if argument == "RUN" else argument for argument in arguments]) == 2
    assert message in capsys.readouterr().err


def test_predict_reads_a_file_or_stdin(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "spill the beans"}\n{"text": "naïve 🦊"}\n', encoding="utf-8")
    assert main(["predict", str(run), str(path)]) == 0
    from_file = capsys.readouterr().out
    assert [json.loads(line)["text"] for line in from_file.splitlines()] == ["spill the beans", "naïve 🦊"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert main(["predict", str(run), "-"]) == 0
    assert capsys.readouterr().out == from_file


def test_predict_answers_each_line_of_stdin_at_once(run: Path, warm_python: WarmPython) -> None:
    command = [warm_python.program, "-m", "spanreg", "predict", str(run), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("one", "two"):
            process.stdin.write(json.dumps({"text": text}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.write('{"text": "without a line feed"}')
        process.stdin.close()
        assert json.loads(process.stdout.readline())["text"] == "without a line feed"


def test_predict_returns_a_lone_surrogate_unchanged(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text(r'{"text": "é \ud83e"}', encoding="utf-8")
    assert main(["predict", str(run), str(tmp_path / "in.jsonl")]) == 0
    output = capsys.readouterr().out
    assert r'"é \ud83e"' in output
    assert json.loads(output)["text"] == "é \ud83e"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"text": "a"}\nnonsense\n', ":2: not JSON"),
        (b'{"text": "a"}\n{"text": "\xff"}\n', ":2: not UTF-8"),
    ],
)
def test_predict_names_an_invalid_line_after_the_answers_before_it(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    assert main(["predict", str(run), str(tmp_path / "in.jsonl")]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["text"] == "a"
    assert message in captured.err


@pytest.mark.parametrize("stdin", [True, False])
@pytest.mark.parametrize("end", [b'"}\n', b'"}', b""])
def test_a_line_above_the_limit_is_refused(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    stdin: bool,
    end: bytes,
) -> None:
    content = b'{"text": "a"}\n\n{"text": "' + b"b" * 2000 + end
    path = tmp_path / "in.jsonl"
    path.write_bytes(content)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    name = "stdin" if stdin else str(path)
    assert main(["predict", str(run), "-" if stdin else str(path), "--limit", "line=1K"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["text"] == "a"
    message = f"{name}:3: the line is longer than 1 KB. shorten it, or allow more: --limit line=N"
    assert captured.err.splitlines()[-1] == message
    path.write_bytes(content.replace(b'"a"', b'"a", "label": "literal"'))
    assert main(["evaluate", str(run), "--data", str(path), "--limit", "line=1K"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == message.replace("stdin", str(path))


@pytest.mark.parametrize("command", [["evaluate"], ["predict"]])
def test_a_folder_that_is_not_a_run_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text("")
    assert main([*command, str(tmp_path), *([str(tmp_path / "in.jsonl")] if command == ["predict"] else [])]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_predict_names_a_missing_file(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(run), "nowhere.jsonl"]) == 2
    message = "cannot read nowhere.jsonl: No such file or directory. give a file or a folder, or - for stdin\n"
    assert capsys.readouterr().err == message


def test_a_terminated_training_is_recorded_as_interrupted(
    config: Path, tmp_path: Path, warm_python: WarmPython
) -> None:
    steps = ["--set", "training.max_steps=100000"]  # more than it can train before the signal
    command = [warm_python.program, "-m", "spanreg", "train", str(config), "-s", str(tmp_path / "run"), *steps]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ))
    log = tmp_path / "run" / "train.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and "training for" in log.read_text()):
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.send_signal(signal.SIGTERM)
    _, errors = program.communicate(timeout=30)
    assert program.returncode == 128 + signal.SIGTERM
    assert b"Traceback" not in errors
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"
    assert not (tmp_path / "run" / "model").exists()
