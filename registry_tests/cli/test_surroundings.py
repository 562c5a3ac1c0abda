"""The process of a command: streams that are closed, full or in ASCII, no home, no working directory, odd arguments."""

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
NOBODY = 54321
"A user id without an entry."


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line as a user would type it; nothing may end in a traceback."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, env={**os.environ, **variables}, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "texts.txt").write_text("na\u00efve Caf\u00e9 \U0001f600\n", encoding="utf-8")
    (tmp_path / "phrases.txt").write_text("on thin ice\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("redirected", "reason"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_output_that_cannot_be_written(tmp_path: Path, redirected: str, reason: str, unbuffered: str) -> None:
    done = shell(f"{SPANREG} list {redirected}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"cannot write to standard output: {reason}. ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("redirected", ["2>&-", "2> /dev/full"])
def test_errors_that_cannot_be_written_leave_the_exit_code(tmp_path: Path, redirected: str) -> None:
    assert shell(f"{SPANREG} check absent.jsonnet > out {redirected}", tmp_path).returncode == 2
    assert shell(f"{SPANREG} train absent.jsonnet -s run {redirected}", tmp_path).returncode == 2
    assert not (tmp_path / "run").exists()


def test_a_closed_standard_input(texts: Path) -> None:
    done = shell(f"{SPANREG} segment --dictionary phrases.txt - <&-", texts)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "standard input is closed. pipe the text into the command, or give a file\n"


def test_a_reader_that_has_gone(tmp_path: Path) -> None:
    done = shell(f"{SPANREG} list | head -1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_encoding_that_lacks_letters(texts: Path) -> None:
    command = f"{SPANREG} segment --dictionary phrases.txt texts.txt"
    plain = shell(command, texts, PYTHONIOENCODING="ascii")
    assert (plain.returncode, plain.stdout) == (0, b"na\\u00efve | Caf\\u00e9 | \\ud83d\\ude00\n")
    as_json = shell(f"{command} --json", texts, PYTHONIOENCODING="ascii")
    assert json.loads(as_json.stdout)["text"] == "na\u00efve Caf\u00e9 \U0001f600"


def test_what_an_encoding_lacks_is_written_as_json_writes_it() -> None:
    error = UnicodeEncodeError("ascii", "a\u00e9\U0001f600\udcffb", 1, 4, "no")
    assert escape(error) == ("\\u00e9\\ud83d\\ude00\\udcff", 4)
    with pytest.raises(UnicodeDecodeError):
        escape(UnicodeDecodeError("ascii", b"\xff", 0, 1, "no"))


@pytest.mark.parametrize("command", ["list", "train c.jsonnet -s run", "predict run -"])
def test_a_working_directory_that_was_removed(tmp_path: Path, command: str) -> None:
    done = shell(f"mkdir gone && cd gone && rmdir ../gone && {SPANREG} {command}", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "the working directory does not exist any more. change to another one with cd\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("check $'c\\xff.jsonnet'", r"the argument 'c\udcff.jsonnet' is not valid UTF-8. "),
        ("train c.jsonnet -s $'run\\xff'", r"the argument 'run\udcff' is not valid UTF-8. "),
        ("check c.jsonnet --set $'a=\\xff'", r"the argument 'a=\udcff' is not valid UTF-8. "),
    ],
)
def test_arguments_that_are_not_utf_8(tmp_path: Path, command: str, said: str) -> None:
    done = shell(f"{SPANREG} {command}", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_a_working_directory_whose_path_is_not_utf_8(tmp_path: Path) -> None:
    done = shell(f"mkdir $'l\\xff' && cd $'l\\xff' && {SPANREG} train ../c.jsonnet -s run", tmp_path)
    assert done.returncode == 2
    assert b"the path of the working directory is not valid UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (f"training.epochs={'9' * 5000}", "training.epochs: has too many digits (5000 characters). "),
        (f"training.epochs={'[' * 20_000}{']' * 20_000}", "training.epochs: is nested too deeply. "),
        (f"training.epochs={'[' * 200}{']' * 200}", "training.epochs: is nested too deeply. give at most 100 levels"),
        ('training.metric="\\ud800"', "training.metric: contains half a surrogate pair ('\\ud800'). "),
        ("training" + ".a" * 20_000 + "=1", "--set: a key of 20001 parts. give at most 100"),
    ],
)
def test_settings_that_no_config_can_hold(
    setting: str, said: str, tmp_path: Path, make_config: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(make_config()))
    assert main(["train", str(config), "-s", str(tmp_path / "run"), "--set", setting]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error) < 300
    assert not (tmp_path / "run").exists()


def test_what_nests_too_deeply_elsewhere_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def recurse(*_: object) -> int:
        raise RecursionError

    monkeypatch.setattr("spanreg.cli.commands.list.run", recurse)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == "the input is nested too deeply. give fewer levels\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "a.txt"), "a.txt: Permission denied. check its permissions\n"),
        (
            OSError(40, "Too many levels of symbolic links", "a"),
            "a: Too many levels of symbolic links. check the path\n",
        ),
        (FileNotFoundError(2, "No such file", "a", None, "b"), "a -> b: No such file. check the path\n"),
    ],
)
def test_what_the_system_refuses_is_one_message(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr("spanreg.cli.commands.list.run", refuse)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == said
    with pytest.raises(OSError, match=str(error.strerror)):
        main(["list", "--traceback"])


def as_nobody(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a module as a user id without an entry, and without HOME."""
    variables = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=variables, capture_output=True, text=True, check=False, **user
    )


def test_a_user_without_a_name_and_a_home(tmp_path: Path, make_config: Any) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o777)
    try:
        able = as_nobody(tmp_path, "-c", "").returncode == 0
    except PermissionError:
        able = False
    if not able:
        pytest.skip("only root may become another user, who must be able to run Python")
    code = (
        "import getpass, os; from spanreg.storage import cache_folder\n"
        "from spanreg.cli.surroundings import prepare_process\n"
        "prepare_process()\n"
        "print(getpass.getuser(), os.environ.get('HF_HOME'))\n"
        "print(cache_folder('anything'))"
    )
    refused = as_nobody(tmp_path, "-c", code)
    assert refused.stdout == f"uid-{NOBODY} None\n"
    assert "this user has no home folder. set the environment variable SPANREG_CACHE or HOME" in refused.stderr
    done = as_nobody(tmp_path, "-c", code, SPANREG_CACHE=str(tmp_path / "cache"))
    assert done.stdout == f"uid-{NOBODY} {tmp_path}/cache/huggingface\n{tmp_path}/cache/anything\n", done.stderr


def test_the_record_of_a_run_of_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    from spanreg.training.runs.environment import describe_environment

    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.setattr("spanreg.training.runs.environment.expanduser", lambda path: path)
    assert describe_environment(["train", "a.jsonnet"])["command"] == ["spanreg", "train", "a.jsonnet"]
