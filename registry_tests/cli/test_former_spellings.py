"""Commands and options of AllenNLP: the error names their replacement."""

from __future__ import annotations

import argparse
import importlib
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from spanreg.cli import former_spellings
from spanreg.cli.main import COMMANDS, main


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("print-results runs", "'print-results' is a command of AllenNLP. use 'spanreg report DIR' for a study; *"),
        (
            "train a.jsonnet --serialization-dir r",
            "*'--serialization-dir' is an option of AllenNLP. use -s or --run",
        ),
        (
            "train a.jsonnet --serialization-dir=r",
            "*'--serialization-dir' is an option of AllenNLP. use -s or --run",
        ),
        (
            "train a.jsonnet -s r --recover",
            "spanreg train: '--recover' is an option of AllenNLP. repeat *",
        ),
        ("train a.jsonnet -s r --dry-run", "*use 'spanreg check CONFIG', which builds nothing"),
        ("predict r f --output-file o", "*results go to standard output: add > FILE"),
        ("evaluate r --output-file o", "*results go to standard output: add > FILE"),
        ("find-lr a.jsonnet --start-lr 1", "*use --start"),
    ],
)
def test_the_error_names_the_replacement(command: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    error = capsys.readouterr().err.rstrip()
    assert fnmatchcase(error, message), error


def test_several_former_options_are_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "a.jsonnet", "--serialization-dir", "r", "--recover", "--nothing"]) == 2
    assert [line.split("'")[1] for line in capsys.readouterr().err.splitlines()] == ["--serialization-dir", "--recover"]


def test_existing_commands_and_options_are_not_reported() -> None:
    assert not set(former_spellings.COMMANDS) & set(COMMANDS)
    known = "--serialization-dir"
    assert former_spellings.former_options("spanreg x", [known], {known}) is None


def test_the_options_in_the_hints_exist() -> None:
    # Options that all commands have; add_arguments() of a command adds its own.
    existing = {"-q", "--quiet"}
    for name in ("train", "evaluate", "find-lr"):
        parser = argparse.ArgumentParser()
        importlib.import_module(f"spanreg.cli.commands.{COMMANDS[name][0]}").add_arguments(parser)
        existing |= {option for action in parser._actions for option in action.option_strings}
    for hint in former_spellings.OPTIONS.values():
        assert set(re.findall(r"(?<!\w)-{1,2}[a-z]+", hint)) <= existing


def test_a_plugins_file_of_allennlp_becomes_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".allennlp_plugins").write_text("my_package\n\nother.package\n")
    Path("a.json").write_text('{"data": {"type": "mine"}, "encoder": {"type": "tiny"}}')
    assert main(["check", "a.json"]) == 2
    output = capsys.readouterr().out
    assert "'.allennlp_plugins' is not read: add --include-package my_package --include-package other.package" in output
