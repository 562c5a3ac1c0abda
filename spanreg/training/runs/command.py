"""Hide secrets in recorded command lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

HIDDEN: Final = "***"
"What is recorded instead of a value."

_SECRET: Final = re.compile(
    r"TOKEN|KEY|SECRET|PASS(W|PHRASE|_|\b)|PWD|CREDENTIAL|AUTH|PRIVATE|COOKIE|SIGNATURE|WEBHOOK|DSN",
    re.IGNORECASE,
)
"Parts of the names of secrets."
_HARMLESS: Final = re.compile(
    r"TOKENI[SZ]\w*|(MAX|MIN|NUM|N)_?TOKENS?|TOKENS?_PER_\w+|TOKEN_LEVEL|KEYWORDS?|AUTHORS?", re.I
)
"Parts of names that only look like secrets; they are removed before the search."
_PLAIN: Final = re.compile(r"-?\d+(\.\d*)?(e[+-]?\d+)?|true|false|null", re.IGNORECASE)
"Values of settings that are shown under any name, since a number or a constant is not a secret."
_USER_IN_URL: Final = re.compile(r"(?<=://)[^/\s@'\"]+@")
_MEMBER: Final = re.compile(
    r"""(?P<key>"[^"\n]*"|'[^'\n]*'|[\w.]+)(?P<colon>\s*\+?:{1,3}\s*)(?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
)
"A field of a Jsonnet object whose value is a string."
_EXTERNALS: Final = ("--ext-var", "--ext-code")
_SETTINGS: Final = ("--set",)
_OVERRIDES: Final = ("--overrides", "-o")


def is_secret(name: str) -> bool:
    """Return whether a name looks like that of a password, a key or a token.

    >>> is_secret("HF_TOKEN"), is_secret("MAX_TOKENS")
    (True, False)
    """
    return _SECRET.search(_HARMLESS.sub("", name)) is not None


def recorded_command(command: Sequence[str], used: Collection[str] | None = None) -> list[str]:
    """Return the arguments of a command line with ``***`` instead of secrets.

    Hidden are the values of external variables that the config did not use, values whose names look like secrets, and
    users and passwords in URLs.

    Args:
        command: the arguments.
        used: external variables that the config used; default: unknown; all may be.
    """
    return [_USER_IN_URL.sub(f"{HIDDEN}@", one) for one in _hidden(command, used)]


def _hidden(command: Sequence[str], used: Collection[str] | None) -> Iterator[str]:
    # Parsed by hand: only the flags matter whose values may be secrets, and all else stays as it was written.
    flag = ""
    for argument in command:
        if flag:
            yield _value(flag, argument, used)
            flag = ""
        elif found := _flag(argument.partition("=")[0]):
            name, equals, value = argument.partition("=")
            flag = "" if equals else found
            yield f"{name}={_value(found, value, used)}" if equals else argument
        elif argument.startswith("-o") and not argument.startswith("--"):
            yield f"-o{_value('-o', argument[2:], used)}"
        else:
            yield argument


def _flag(text: str) -> str:
    """Return the full name of a flag that may be shortened; empty for other arguments."""
    # Our own parser allows no shortened flags, but the command line of another program may be recorded as well, and
    # ``argparse`` allows them by default.
    known = (*_EXTERNALS, *_SETTINGS, *_OVERRIDES)
    if text in known:
        return text
    return next((flag for flag in known if len(text) > 3 and text.startswith("--") and flag.startswith(text)), "")


def _value(flag: str, text: str, used: Collection[str] | None) -> str:
    # Overrides are Jsonnet text, which is recorded as it was written.
    if flag in _OVERRIDES:
        return _MEMBER.sub(_member, text)
    name, equals, value = text.partition("=")
    if flag in _EXTERNALS:
        hide = is_secret(name) or (used is not None and name not in used)
    else:
        hide = is_secret(name.rpartition(".")[2]) and not _PLAIN.fullmatch(value.strip())
    if hide and equals:
        return f"{name}={HIDDEN}"
    return f"{name}={_MEMBER.sub(_member, value)}" if equals else text


def _member(found: re.Match[str]) -> str:
    if not is_secret(found["key"].strip("\"'").rpartition(".")[2]):
        return found[0]
    return f'{found["key"]}{found["colon"]}"{HIDDEN}"'
