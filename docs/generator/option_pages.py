"""Page of the options of every command, from the parsers, so that a new option needs no edit of a page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

from spanreg.cli.main import COMMANDS
from spanreg.cli.options.command_parser import CommandParser, add_common

OPTIONS_PAGE = "reference/options.md"

_FORM = partial(argparse.HelpFormatter, width=100)


def options_page() -> str:
    """Return the page in Markdown: a section for each command, and one for the options that all commands share."""
    parts = [
        "# Options",
        "What `--help` prints for each command, without the [options of every command](#options-of-every-command)."
        " [Commands](commands.md) lists what each command is for.",
    ]
    for name, module in _command_modules():
        parser = CommandParser(prog=name, description=module.__doc__, formatter_class=_FORM)
        module.add_arguments(parser)
        parts.append(_section(name, parser))
    common = CommandParser(prog="spanreg COMMAND", add_help=False, formatter_class=_FORM)
    add_common(common)
    return "\n\n".join([*parts, _section("Options of every command", common)]) + "\n"


def _command_modules() -> Iterator[tuple[str, Any]]:
    """Yield each command, or each action of a command that has actions, with its module."""
    for name, (place, _) in COMMANDS.items():
        module = import_module(f"spanreg.cli.commands.{place}")
        actions = getattr(module, "ACTIONS", None)
        if actions is None:
            yield f"spanreg {name}", module
            continue
        for action, (own, _) in actions.items():
            yield f"spanreg {name} {action}", import_module(f"{module.__name__}.{own}")


def _section(title: str, parser: CommandParser) -> str:
    return f"## {title}\n\n```text\n{parser.format_help().rstrip()}\n```"
