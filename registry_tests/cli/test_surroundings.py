"""Process of a command: closed, full or ASCII streams, no home, no working directory, arguments that are not UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.cli.surroundings import escape

SPANREG = f"{sys.executable} -m spanreg"
NAMELESS_USER = 54321
"User id without an entry in the system's list of users."


def run_shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in bash, check that it prints no traceback, and return the finished process."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, env={**os.environ, **variables}, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Return a folder with a text of non-ASCII letters, and a dictionary."""
    (tmp_path / "texts.txt").write_text("na\u00efve Caf\u00e9 \U0001f600\n", encoding="utf-8")
    (tmp_path / "phrases.txt").write_text("on thin ice\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("redirection", "reason"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_output_that_cannot_be_written_is_one_message(
    tmp_path: Path, redirection: str, reason: str, unbuffered: str
) -> None:
    done = run_shell(f"{SPANREG} list {redirection}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"cannot write to standard output: {reason}. ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2> /dev/full"])
def test_the_exit_code_is_kept_if_errors_cannot_be_written(tmp_path: Path, redirection: str) -> None:
    assert run_shell(f"{SPANREG} check absent.jsonnet > out {redirection}", tmp_path).returncode == 2
    assert run_shell(f"{SPANREG} train absent.jsonnet -s run {redirection}", tmp_path).returncode == 2
    assert not (tmp_path / "run").exists()


def test_a_closed_standard_input_is_one_message(texts: Path) -> None:
    done = run_shell(f"{SPANREG} segment --dictionary phrases.txt - <&-", texts)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "standard input is closed. pipe the text into the command, or give a file\n"


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    done = run_shell(f"{SPANREG} list | head -1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_letters_that_the_output_encoding_lacks_are_escaped(texts: Path) -> None:
    command = f"{SPANREG} segment --dictionary phrases.txt texts.txt"
    plain = run_shell(command, texts, PYTHONIOENCODING="ascii")
    assert (plain.returncode, plain.stdout) == (0, b"na\\u00efve | Caf\\u00e9 | \\ud83d\\ude00\n")
    as_json = run_shell(f"{command} --json", texts, PYTHONIOENCODING="ascii")
    assert json.loads(as_json.stdout)["text"] == "na\u00efve Caf\u00e9 \U0001f600"


def test_escapes_are_those_of_json() -> None:
    error = UnicodeEncodeError("ascii", "a\u00e9\U0001f600\udcffb", 1, 4, "no")
    assert escape(error) == ("\\u00e9\\ud83d\\ude00\\udcff", 4)
    with pytest.raises(UnicodeDecodeError):
        escape(UnicodeDecodeError("ascii", b"\xff", 0, 1, "no"))


@pytest.mark.parametrize("command", ["list", "train c.jsonnet -s run", "predict run -"])
def test_a_removed_working_directory_is_one_message(tmp_path: Path, command: str) -> None:
    done = run_shell(f"mkdir gone && cd gone && rmdir ../gone && {SPANREG} {command}", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "the working directory does not exist any more. change to another one with cd\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("check $'c\\xff.jsonnet'", r"the argument 'c\udcff.jsonnet' is not valid UTF-8. "),
        ("train c.jsonnet -s $'run\\xff'", r"the argument 'run\udcff' is not valid UTF-8. "),
        ("check c.jsonnet --set $'a=\\xff'", r"the argument 'a=\udcff' is not valid UTF-8. "),
    ],
)
def test_arguments_that_are_not_utf_8_are_named(tmp_path: Path, command: str, message: str) -> None:
    done = run_shell(f"{SPANREG} {command}", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_working_directory_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    done = run_shell(f"mkdir $'l\\xff' && cd $'l\\xff' && {SPANREG} train ../c.jsonnet -s run", tmp_path)
    assert done.returncode == 2
    assert b"the path of the working directory is not valid UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (f"training.epochs={'9' * 5000}", "training.epochs: has too many digits (5000 characters). "),
        (f"training.epochs={'[' * 20_000}{']' * 20_000}", "training.epochs: is nested too deeply. "),
        (f"training.epochs={'[' * 200}{']' * 200}", "training.epochs: is nested too deeply. give at most 100 levels"),
        ('training.metric="\\ud800"', "training.metric: contains half a surrogate pair ('\\ud800'). "),
        ("training" + ".a" * 20_000 + "=1", "--set: a key of 20001 parts. give at most 100"),
    ],
)
def test_settings_beyond_the_limits_of_a_config_are_named_briefly(
    setting: str, message: str, tmp_path: Path, make_config: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(make_config()))
    assert main(["train", str(config), "-s", str(tmp_path / "run"), "--set", setting]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error) < 300
    assert not (tmp_path / "run").exists()


def test_a_recursion_error_is_one_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def recurse(*_: object) -> int:
        raise RecursionError

    monkeypatch.setattr("spanreg.cli.commands.list.run", recurse)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == "the input is nested too deeply. give fewer levels\n"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "a.txt"), "a.txt: Permission denied. check its permissions\n"),
        (
            OSError(40, "Too many levels of symbolic links", "a"),
            "a: Too many levels of symbolic links. check the path\n",
        ),
        (FileNotFoundError(2, "No such file", "a", None, "b"), "a -> b: No such file. check the path\n"),
    ],
)
def test_an_error_of_the_system_is_one_message(
    error: OSError, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr("spanreg.cli.commands.list.run", refuse)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == message
    with pytest.raises(OSError, match=str(error.strerror)):
        main(["list", "--traceback"])


def run_as_nameless_user(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a user without a name, and without the variable HOME."""
    variables = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    user: dict[str, Any] = {"user": NAMELESS_USER, "group": NAMELESS_USER, "extra_groups": []}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=False, **user
    )


def test_a_user_without_name_and_home_needs_a_cache_folder(tmp_path: Path) -> None:
    # pytest makes its folders for the present user alone.
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o777)
    try:
        runs = run_as_nameless_user(tmp_path, "-c", "").returncode == 0
    except PermissionError:
        runs = False
    if not runs:
        pytest.skip("only root may become another user, who must be able to run Python")
    code = (
        "import getpass, os; from spanreg.storage import cache_folder\n"
        "from spanreg.cli.surroundings import prepare_process\n"
        "prepare_process()\n"
        "print(getpass.getuser(), os.environ.get('HF_HOME'))\n"
        "print(cache_folder('anything'))"
    )
    refused = run_as_nameless_user(tmp_path, "-c", code)
    assert refused.stdout == f"uid-{NAMELESS_USER} None\n"
    assert "this user has no home folder. set the environment variable SPANREG_CACHE or HOME" in refused.stderr
    done = run_as_nameless_user(tmp_path, "-c", code, SPANREG_CACHE=str(tmp_path / "cache"))
    assert done.stdout == f"uid-{NAMELESS_USER} {tmp_path}/cache/huggingface\n{tmp_path}/cache/anything\n", done.stderr


def test_the_environment_of_a_user_without_home_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    from spanreg.training.runs.environment import describe_environment

    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.setattr("spanreg.training.runs.environment.expanduser", lambda path: path)
    assert describe_environment(["train", "a.jsonnet"])["command"] == ["spanreg", "train", "a.jsonnet"]
