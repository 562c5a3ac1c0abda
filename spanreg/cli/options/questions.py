"""Ask for arguments that were not given, if a user sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from spanreg.registry import ConfigurationError, suggest
from spanreg.text.markup import visible


def is_interactive() -> bool:
    """Return whether questions can be asked: standard input and stderr are terminals."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def answer_or_ask(given: str | None, flag: str, question: str, default: str = "", choices: Sequence[str] = ()) -> str:
    """Return the value of an argument: given, asked for, or the default.

    Args:
        given: the value on the command line, or None.
        flag: the argument, for messages.
        question: what to ask.
        default: the value without an answer; empty for a required argument.
        choices: the allowed values; default: any.

    Raises:
        ConfigurationError: the value is empty or not a choice, or a required one is missing without a terminal.
    """
    if given is None and is_interactive():
        return _ask(question, default, choices)
    value = default if given is None else given
    if given is None and not value:
        listed = f": {', '.join(choices)}" if choices else ""
        raise ConfigurationError("is missing", path=flag, hint=f"give {question}{listed}")
    if not value and not choices:
        # An unset variable of a script gives an empty text, which must not mean the default.
        raise ConfigurationError("is empty", path=flag, hint=f"give {question}")
    if choices and value not in choices:
        raise ConfigurationError(f"there is no '{value}'", path=flag, hint=suggest(value, choices, "choices"))
    return value


def _ask(question: str, default: str, choices: Sequence[str]) -> str:
    """Ask until the answer is a choice; without choices, until there is one."""
    listed = f" ({', '.join(choices)})" if choices else ""
    shown = f" [{default}]" if default else ""
    while True:
        # To stderr: standard output has only the result of a command.
        print(visible(f"{question}{listed}{shown}: "), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt  # Ctrl-D ends the input, and the command like Ctrl-C
        answer = line.strip() or default
        if answer and (not choices or answer in choices):
            return answer
        if answer:
            print(visible(f"  there is no '{answer}'. {suggest(answer, choices, 'choices')}"), file=sys.stderr)
