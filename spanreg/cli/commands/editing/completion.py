"""Print the completion script of a shell: commands, options, component names and config keys."""

from __future__ import annotations

import argparse
import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping

from spanreg.cli.options.command_parser import parser_of
from spanreg.cli.rendering.families import FAMILIES, OPTIONS, family
from spanreg.cli.rendering.output import print_line
from spanreg.editor.shell_completion import SCRIPTS, WordCompleter, split_line
from spanreg.registry import ConfigurationError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("shell", choices=[*SCRIPTS, "answer"], metavar="SHELL", help=f"one of {', '.join(SCRIPTS)}")
    # The scripts ask for the words that may follow a line by ``answer LINE``.
    parser.add_argument("line", nargs="?", help=argparse.SUPPRESS)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.shell != "answer":
        print_line(SCRIPTS[arguments.shell].rstrip())
        return 0
    if arguments.line is None:
        raise ConfigurationError("is missing", path="LINE", hint="give the command line to complete")
    for answer in completions(arguments.line, arguments.commands):
        print_line(answer)
    return 0


def completions(line: str, commands: Mapping[str, tuple[str, str]]) -> list[str]:
    """Return the words that may replace the last word of a command line; none where a file is expected.

    Args:
        line: the line up to the cursor.
        commands: module and summary of every command.
    """
    words = split_line(line)
    if len(words) < 2:  # the command itself is being typed
        return [name for name in commands if words and name.startswith(words[0])]
    name, *rest = words
    if name not in commands:
        return []
    module = importlib.import_module(f"spanreg.cli.commands.{commands[name][0]}")
    if actions := getattr(module, "ACTIONS", None):
        if len(rest) == 1:  # so is an action
            return [action for action in actions if action.startswith(rest[0])]
        if rest[0] not in actions:
            return []
        module = importlib.import_module(f"{module.__name__}.{actions[rest[0]][0]}")
        rest = rest[1:]
    parser = parser_of(module, f"spanreg {name}")
    return WordCompleter(parser, _names, list(FAMILIES), _positional(name)).complete(rest)


def _names(key: str) -> Iterable[str]:
    return family(key).list_available()


def _positional(command: str) -> list[str]:
    """Return the values of a command's arguments without an option, apart from files."""
    if command == "list":
        return list(FAMILIES)
    if command == "describe":
        return [*(name for key in FAMILIES for name in _names(key)), *OPTIONS]
    return []
