"""Turn errors of an evaluation into ``where: what is wrong. how to fix it``."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Final

from spanreg.registry.errors import ConfigurationError, ConfigurationRuntimeError, Problem

_UNDEFINED: Final = re.compile(r"undefined external variable: (\w+)")
# ``file:line:column``, or ``file:(line:column)-(line:column)`` for several lines.
_POSITION: Final = re.compile(r"(?P<file>[^\s:][^:\n]*):\(?(?P<line>\d+):(?P<column>\d+)")

_EXTERNAL: Final = re.compile(r"<extvar:([^>\n]*)>")

RECURSION: Final = "evaluation recurses too deeply, as when a file imports itself or a value refers to itself"

_REFUSALS: Final = {
    "missing": ("there is no such file", "imports are relative to the importing file, then to --jpath"),
    "outside": ("it is outside of the folders that the config may read", "if you trust it, add its folder: {flag}"),
    "suffix": (
        "outside of the config's folder only .jsonnet and .libsonnet files are read",
        "if you trust it, add its folder: {flag}",
    ),
    "hidden": ("hidden files and files in hidden folders are not read", "copy the file to another name"),
    "unreadable": ("it cannot be read", "check its permissions"),
    "special": ("it is not a regular file", "import a text file"),
    "binary": ("it is not UTF-8 text", "import text only"),
    "size": (
        "the imported files are too large",
        "simplify the config, or allow more: --limit evaluation_size=N",
    ),
}
"What is wrong with an import, and how to fix it, by kind of refusal."


def jsonnet_error(name: str, text: str) -> ConfigurationError:
    """Return an error with the message of Jsonnet, and its file, line and column."""
    # Only a variable with code can fail: one with text is imported as a string.
    text = _EXTERNAL.sub(r"--ext-code \1", text)
    head = _lines(text)[0]
    spot = _find_position(text)
    message = re.sub(r"^(RUNTIME|STATIC) ERROR:\s*", "", head)
    # Jsonnet writes the position of a static error in front of its message, where the error already has it.
    if spot and spot["file"] in message:
        message = _POSITION.sub("", message, count=1).lstrip("-0123456789(): ")
    undefined = _UNDEFINED.search(text)
    if undefined:
        problem, hint = f"the external variable '{undefined[1]}' is not defined", _definition(undefined[1])
    elif message == "max stack frames exceeded.":
        problem, hint = RECURSION, "break the cycle"
    else:
        kind = "evaluation fails" if head.startswith("RUNTIME") else "not valid Jsonnet"
        problem, hint = f"{kind}: {message}", "fix the Jsonnet"
    return _error_at(spot, name, problem, hint)


def import_error(name: str, text: str, kind: str, asked: str) -> ConfigurationError:
    """Return the error of an import that was refused or found no file.

    Args:
        name: the file that was evaluated.
        text: the message of Jsonnet, with the position of the import.
        kind: kind of refusal.
        asked: the imported path, as in the config.
    """
    spot = _find_position(text)
    # The folder that --jpath must name so that the import is allowed.
    folder = os.path.dirname(os.path.normpath(os.path.join(os.path.dirname(spot["file"]) if spot else "", asked)))
    reason, hint = _REFUSALS[kind]
    return _error_at(spot, name, f"cannot import '{asked}': {reason}", hint.format(flag=f"--jpath {folder or '.'}"))


def spell_bytes(size: int) -> str:
    """Return a number of bytes with its unit, such as ``64 MB``."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def _definition(variable: str) -> str:
    """Return a hint for an undefined external variable."""
    if variable in os.environ:
        return f"let the config read it from the environment with --ext-env {variable}"
    return f"give it with --ext-var {variable}=VALUE"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines() if line.strip()] or ["unknown error"]


def _find_position(text: str) -> re.Match[str] | None:
    """Return the innermost position in a message of Jsonnet, if it has one."""
    return next((match for line in _lines(text) if (match := _POSITION.search(line))), None)


def _error_at(spot: re.Match[str] | None, name: str, problem: str, hint: str) -> ConfigurationError:
    """Return an error at a position of Jsonnet, or else in the file ``name``."""
    place = Problem(problem, hint=hint, file=name)
    if spot:
        place = replace(place, file=spot["file"], line=int(spot["line"]), column=int(spot["column"]))
    return ConfigurationRuntimeError([place], relative=True)
