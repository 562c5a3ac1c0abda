"""JSON objects, one on each line of a file: each is read as it is written, or refused with its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from spanreg.limits import limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks
from spanreg.text.surrogates import all_encodable

MAX_DEPTH: Final = 100
"Lists and objects within one another; data that are nested more deeply are refused."

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|[][{}]')
_BLANK: Final = " \t\r"
_OBJECT: Final = "write one JSON object on every line"


class _RepeatedKeyError(ValueError):
    """An object has one key twice."""


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file, plain, ``.gz`` or ``.zst``, with their numbers counted from 1.

    Lines end with a line feed and with nothing else; a carriage return before it stays.

    Raises:
        ConfigurationError: the file cannot be read, is damaged or not UTF-8, or a line exceeds the command's limit.
    """
    return lines_of_blocks(file_blocks(path, whole_lines=True, longest=limits().line))


def lines_of_blocks(blocks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Yield the lines of text that is cut after line feeds, with their numbers counted from 1."""
    number = 0
    for block in blocks:
        for line in block.decode().removesuffix("\n").split("\n"):
            number += 1
            yield number, line


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file with the numbers of their lines; blank lines are skipped.

    Raises:
        ConfigurationError: the file cannot be read, or a line is no JSON object.
    """
    for number, line in numbered_lines(path):
        if line.strip(_BLANK):
            yield number, parse_object(line, f"{path}:{number}")


def parse_object(
    line: str | bytes, where: str, hint: str = _OBJECT, *, replace_surrogates: bool = True
) -> dict[str, Any]:
    """Return the object on one line.

    Args:
        line: the line, bytes as UTF-8.
        where: file and line, for errors.
        hint: what to do about a line that is not JSON.
        replace_surrogates: whether half of a surrogate pair in a string, which UTF-8 cannot hold, becomes U+FFFD.

    Raises:
        ConfigurationError: the line is not UTF-8, not JSON, no object, nested too deeply, or has one key twice.
    """
    try:
        text = line if isinstance(line, str) else line.decode("utf-8")
        _refuse_depth(text)
        value = json.loads(text, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"not UTF-8 (byte {error.start})", file=where, hint="convert it to UTF-8") from None
    except _RepeatedKeyError as error:
        raise ConfigurationError(str(error), file=where, hint="write every key once") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"not JSON: {_reason(error)}", file=where, hint=hint) from None
    if not isinstance(value, dict):
        raise ConfigurationError("not a JSON object", file=where, hint=hint)
    # a surrogate can only come from an escape: the line itself is UTF-8
    return all_encodable(value) if replace_surrogates and "\\u" in text else value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _RepeatedKeyError(f"the key {json.dumps(repeated, ensure_ascii=False)} is given twice")
    return made


def _refuse_depth(text: str) -> None:
    """Raise ``ValueError`` where a text is nested more deeply than ``MAX_DEPTH``."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def _reason(error: Exception) -> str:
    """Return why a line is no JSON, without the line number that the parser counts within the line."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
