"""Mistakes in the arguments of a command: reported at once, before results are read and torch is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.cli.options.argument_errors import under_arguments
from spanreg.cli.options.path_checks import require_new, require_writable
from spanreg.registry import ConfigurationError, MistakeCollector

NO_RUN = "there is no folder nope. name a folder that 'spanreg train' wrote"
NO_FILE = "cannot read nofile: No such file or directory. give a file or a folder"
NOT_WRITABLE = "cannot write /proc/x: No such file or directory. name a folder elsewhere"
NO_MODULE = "--include-package: there is no module 'nopkg'. check the spelling; "
MISTAKES: dict[str, list[str]] = {
    "predict nope nofile --include-package nopkg": [NO_MODULE, NO_RUN, NO_FILE],
    "evaluate nope --data nofile --predictions /proc/x": [NO_RUN, NOT_WRITABLE, NO_FILE],
    "export nope --onnx there": [NO_RUN, "there exists already"],
    "export nope --transformers /proc/x": [NO_RUN, NOT_WRITABLE],
    "push nope name": ["REPO: 'name' is not the name of a repository", NO_RUN],
    "glue-submission nope nope/2 -o /proc/x": [NO_RUN, "there is no folder nope/2", NOT_WRITABLE],
    "verify nope there nofile": ["nope does not exist", "there contains nothing", "nofile does not exist"],
    "diff nope nofile": ["nope: there is no such file", "nofile: there is no such file"],
    "study merge nope there -s new": ["there is no study in nope", "there is no study in there"],
    "study compare nope nofile": ["there is no study in nope", "there is no study in nofile"],
    "train nope -s run --include-package nopkg": [NO_MODULE, "nope: there is no such file"],
    "explain nope --ext-var A --ext-code B": ["--ext-var: 'A' has no '='", "--ext-code: 'B' has no '='"],
    "segment --dictionary nope nofile --html there": ["--dictionary: ", NO_FILE, "there is a folder"],
    "study run nope -s new --jobs 0": ["--jobs: is 0", "nope: there is no such file"],
    "bench agreement": ["--gold: is missing", "--dictionary: is missing"],
    "sample-dictionary nope no*.txt -o /proc/x --min-count 0": [
        "CORPUS: file 'nope' does not exist",
        "CORPUS: 'no*.txt' matches no file",
        NOT_WRITABLE,
        "--min-count: is 0",
    ],
}


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with one empty folder, ``there``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()


@pytest.mark.parametrize("command", MISTAKES)
def test_all_mistakes_are_reported_at_once(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(MISTAKES[command]), lines
    for line, beginning in zip(lines, MISTAKES[command], strict=True):
        assert line.startswith(beginning)
    assert sorted(os.listdir()) == ["there"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("report nope -o /proc/x.html", "cannot write /proc/x.html: "),
        ("report nope --panels nope", "panels.0"),
        ("report nope --figures there --panels nope", "panels.0"),
        ("study pack nope -o /proc/x", NOT_WRITABLE),
        ("study power nope --difference 0", "--difference: 0 is out of range"),
        ("study replicate nope -s new --jobs 0", "--jobs: is 0"),
        ("demo --jobs 0", "--jobs: is 0"),
    ],
)
def test_arguments_are_checked_before_results_are_read(
    command: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 2
    assert capsys.readouterr().err.startswith(message)
    assert os.listdir() == ["there"]


def test_mistakes_are_found_without_torch() -> None:
    code = "import sys; from spanreg.cli.main import main; print(main(sys.argv[1:]), 'torch' in sys.modules)"
    for command in ("predict nope nofile", "evaluate nope", "export nope --onnx there", "glue-submission nope"):
        done = subprocess.run(
            [sys.executable, "-c", code, *command.split()], capture_output=True, text=True, check=True
        )
        assert done.stdout == "2 False\n", command


def test_checking_a_writable_path_writes_nothing(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "file")
    require_new(tmp_path / "new")
    require_writable(Path(os.devnull))
    assert os.listdir(tmp_path) == ["there"]


def test_other_errors_pass_the_collector_of_mistakes() -> None:
    mistakes = MistakeCollector()
    with pytest.raises(FileNotFoundError), mistakes:
        raise FileNotFoundError("a bug, not a mistake")
    mistakes.raise_all()


def test_a_single_mistake_is_raised_unchanged() -> None:
    mistakes = MistakeCollector()
    mistakes.raise_all()
    mistake = ConfigurationError("is 0", path="epochs")
    with mistakes:
        raise mistake
    with pytest.raises(ConfigurationError) as caught:
        mistakes.raise_all()
    assert caught.value is mistake


def test_names_of_parameters_become_names_of_options() -> None:
    with pytest.raises(ConfigurationError, match=r"^--MIN_N: is 0$"), under_arguments(lambda key: f"--{key.upper()}"):
        raise ConfigurationError("is 0", path="min_n")
    with pytest.raises(ConfigurationError, match="^alone$"), under_arguments(str.upper):
        raise ConfigurationError("alone")
