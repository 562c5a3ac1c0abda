"""The parser of a command, and the arguments that all commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from spanreg.registry import ConfigurationError, Problem, suggest


def _path(text: str) -> Path:
    # ``Path("")`` is the working directory, which an unset variable of a script would name silently.
    if not text:
        raise argparse.ArgumentTypeError("expected a path, got ''")
    return Path(text)


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an integer, got '{text}'") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got '{text}'") from None


CONVERSIONS: dict[Callable[[str], Any], Callable[[str], Any]] = {Path: _path, int: _integer, float: _number}
"Functions that convert arguments of these types; messages of argparse are about Python (``invalid int value``)."


class CommandParser(argparse.ArgumentParser):
    """Parser whose errors are reported like all other mistakes.

    ``CommandParser(prog="spanreg train").parse_args(["config.jsonnet"])``
    """

    def __init__(self, **options: Any) -> None:
        # Abbreviations are off: a script that uses one would break when another option of that beginning is added.
        super().__init__(**options, allow_abbrev=False)
        # argparse looks each ``type`` up in this registry, so that commands still write ``type=int``.
        for kind, convert in CONVERSIONS.items():
            self.register("type", kind, convert)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the parsed arguments.

        Raises:
            ConfigurationError: unknown arguments, all at once with the nearest option, or another mistake.
        """
        # argparse's own ``parse_args`` joins unknown arguments into one message, without suggestions.
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise ConfigurationError([self._unknown(text) for text in unknown])
        return found

    def _unknown(self, text: str) -> Problem:
        name = text.partition("=")[0]
        if not name.startswith("-"):  # a positional argument too many
            return Problem(f"unexpected argument '{text}'", self.prog, f"See '{self.prog} --help'")
        options = sorted(option for option in self.option_names if option.startswith("--"))
        return Problem(f"there is no option '{name}'", self.prog, suggest(name, options, "options"))

    @property
    def option_names(self) -> set[str]:
        """All spellings of all options."""
        return {name for action in self._actions for name in action.option_strings}

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse lists the choices, and suggests none.
        if action.choices is not None and value not in action.choices:
            hint = suggest(str(value), map(str, action.choices), "choices")
            raise argparse.ArgumentError(action, f"there is no '{value}'. {hint}")

    def error(self, message: str) -> NoReturn:
        # A suggestion ends with a question mark already.
        end = "" if message.endswith("?") else "."
        raise ConfigurationError(f"{self.prog}: {message}{end} See '{self.prog} --help'")


def parser_of(module: Any, prog: str) -> CommandParser:
    """Return the parser of a command.

    Args:
        module: the command's module, whose docstring is the description.
        prog: the command as it is typed, such as ``spanreg study run``.
    """
    parser = CommandParser(prog=prog, description=module.__doc__)
    module.add_arguments(parser)
    add_common(parser)
    return parser


def add_include_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--include-package``."""
    parser.add_argument(
        "--include-package",
        action="append",
        default=[],
        metavar="P",
        help="import a package with all its modules, or a Python file, that has components; may be repeated",
    )


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_yes_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--yes``."""
    parser.add_argument("-y", "--yes", action="store_true", help="allow more than a thousand arms")


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every command takes."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "-v", "--verbose", action="count", default=0, help="show more messages; -vv: those of other packages as well"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="show only warnings and the result")
    group.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help="change a limit on the cost of reading files (docs/explanation/security.md lists them); N may end in K, M "
        "or G; may be repeated",
    )
