"""``spanreg completion``: the words that it proposes, and its scripts in real shells."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.editor.shell_completion import SCRIPTS, split_line

ROOT = Path(__file__).parents[3]
CONFIG = "{ aggregator: { type: 'hierarchical_cnn' }, segmenter: 'fixed' }"


def complete(line: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the words that complete a command line."""
    assert main(["completion", "answer", line]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a config and a study."""
    (tmp_path / "config.jsonnet").write_text(CONFIG)
    (tmp_path / "study.jsonnet").write_text("{ base: import 'config.jsonnet', arms: {} }")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("spanreg des", ["describe"]),
        ("spanreg study pla", ["plan"]),
        ("spanreg new ", ["config", "study", "component", "plugin"]),
        ("spanreg train --rest", ["--restart"]),
        ("spanreg schema ", ["config", "study"]),
        ("spanreg describe max_", ["max_match", "max_pool"]),
        ("spanreg describe TrainingO", ["TrainingOptions"]),
        ("spanreg list agg", ["aggregator"]),
        ("spanreg segment --segmenter max", ["max_match"]),
        ("spanreg new component x --family seg", ["segmenter"]),
        ("spanreg evaluate run --format t", ["tsv"]),
        ("spanreg check --set aggregator.type=hier", ["aggregator.type=hierarchical_cnn"]),
        ("spanreg check --set aggregator=max", ["aggregator=max_pool"]),
        ("spanreg check --set training.precis", ["training.precision="]),
        ("spanreg check --set training.group_by_length=t", ["training.group_by_length=true"]),
        ("spanreg check config.jsonnet --set aggregator.kern", ["aggregator.kernel_size="]),
        ("spanreg check config.jsonnet --set segmenter.word", ["segmenter.words="]),
        ("spanreg check config.jsonnet --set ~aggregator.kern", ["~aggregator.kernel_size"]),
        ("spanreg check study.jsonnet --set base.enc", ["base.encoder=", "base.encoder."]),
        ("spanreg check 'config.jsonnet' --set 'aggregator.kern", ["aggregator.kernel_size="]),
        ("spanreg check absent.jsonnet --set see", ["seed="]),
        ("spanreg sample-dictionary --words uni", ["unicode"]),
        ("spanreg sample-dictionary --score pm", ["pmi"]),
        ("spanreg sample-dictionary --executor ", ["local", "ray"]),
        ("spanreg study run study.jsonnet --executor slu", ["slurm"]),
        ("spanreg bench --words ", []),
        ("spanreg bench --score ", []),
        ("spanreg segment --score ", []),
        ("spanreg check --set a.²=", []),
        ("spanreg train conf", []),
        ("spanreg nothing ", []),
        ("spanreg train -s ", []),
    ],
)  # fmt: skip
def test_a_command_line_is_completed(line: str, expected: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(line, capsys) == expected


def test_all_commands_are_proposed(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"train", "check", "completion"} <= set(complete("spanreg ", capsys))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("spanreg", []),
        ("spanreg ", [""]),
        ("spanreg a 'b c", ["a", "b c"]),
        ('spanreg "a', ["a"]),
        ("spanreg a\\ b ", ["a b", ""]),
        ("", []),
    ],
)
def test_an_unfinished_line_is_split_into_words(line: str, words: list[str]) -> None:
    assert split_line(line) == words


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_is_printed_and_valid(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        (
            "zsh",
            ["#compdef spanreg", "compdef _spanreg spanreg", "    (( $#open )) && compadd -Q -S '' -- \"${open[@]}\""],
        ),
        ("fish", ["complete -c spanreg -f -a '(__spanreg_answers)'", "        printf '%s\\n' $answers"]),
    ],
)
def test_scripts_of_shells_that_may_not_be_installed(shell: str, lines: list[str]) -> None:
    script = SCRIPTS[shell]
    assert set(lines) <= set(script.splitlines())
    assert " completion answer " in script
    assert script.count("(") == script.count(")")
    assert script.count("{") == script.count("}")
    assert script.replace("\\n", "").count("'") % 2 == 0


def test_bash_completes_typed_lines(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    (tmp_path / "script").write_text(SCRIPTS["bash"])
    program = tmp_path / "spanreg"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m spanreg "$@"\n')
    program.chmod(0o755)
    # The tab completes the line; Ctrl-A moves to its start, so that ``echo`` prints the line instead of running it.
    echo = "\t\x01echo got \n"
    lines = ["spanreg descr", "spanreg check config.jsonnet --set aggregator.type=max_p", "spanreg check conf"]
    typed = "source script\n" + "".join(f"{line}{echo}" for line in lines) + "exit\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}:{os.environ['PATH']}", "TERM": "dumb"}
    parent, child = pty.openpty()
    shell = subprocess.Popen(
        [bash, "--norc", "--noprofile", "-i"],
        stdin=child, stdout=child, stderr=child, cwd=tmp_path, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(child)
    os.write(parent, typed.encode())
    shown = read_all(parent)
    shell.wait()
    printed = [line.removeprefix("got ").strip() for line in shown.splitlines() if line.startswith("got ")]
    assert printed == [
        "spanreg describe",
        "spanreg check config.jsonnet --set aggregator.type=max_pool",
        "spanreg check config.jsonnet",
    ]


def read_all(terminal: int) -> str:
    """Return the output of a terminal until its shell ends, and close it."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 1 << 12)
        except OSError:  # Linux's end of file for a terminal
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode(errors="replace").replace("\r\n", "\n")
