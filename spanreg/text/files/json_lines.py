"""Files with one JSON object on each line; errors have the line and the column."""

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
"Largest depth of nested lists and objects; deeper data is rejected."

# A string is one token, so that brackets within strings do not count.
_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|[][{}]')
_BLANK: Final = " \t\r"
"The white space of JSON within a line; a line of other white space is not blank."
_OBJECT: Final = "write one JSON object on every line"


class _RepeatedKeyError(ValueError):
    """An object has a duplicate key."""


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line numbers, counted from 1, and lines of a text file, plain, ``.gz`` or ``.zst``.

    Lines end with a line feed only; a carriage return before it is kept.

    Raises:
        ConfigurationError: the file cannot be read, is damaged or not UTF-8, or a line exceeds the command's limit.
    """
    return lines_of_blocks(file_blocks(path, whole_lines=True, longest=limits().line))


def lines_of_blocks(blocks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Yield line numbers, counted from 1, and lines of a text divided after line feeds."""
    number = 0
    for block in blocks:
        # str.splitlines() would also split at U+2028 and others, which may occur within a JSON string.
        for line in block.decode().removesuffix("\n").split("\n"):
            number += 1
            yield number, line


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line numbers and objects of a file; blank lines are skipped.

    Raises:
        ConfigurationError: the file cannot be read, or a line is not a JSON object.
    """
    for number, line in numbered_lines(path):
        if line.strip(_BLANK):
            yield number, parse_json_line(line, f"{path}:{number}")


def parse_json_line(
    line: str | bytes, where: str, hint: str = _OBJECT, *, replace_surrogates: bool = True
) -> dict[str, Any]:
    """Return the object on one line.

    Args:
        line: the line; bytes are decoded as UTF-8.
        where: file and line, for errors.
        hint: hint for a line that is not JSON.
        replace_surrogates: whether to replace lone surrogates in strings, which UTF-8 cannot encode, by U+FFFD.

    Raises:
        ConfigurationError: the line is not UTF-8, not JSON, not an object, nested too deeply, or has a duplicate key.
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
    # A lone surrogate can only come from an escape, since the line itself is UTF-8.
    return all_encodable(value) if replace_surrogates and "\\u" in text else value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    # The parser itself keeps the last of several equal keys, which would hide a mistake in the data.
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _RepeatedKeyError(f"the key {json.dumps(repeated, ensure_ascii=False)} is given twice")
    return made


def _refuse_depth(text: str) -> None:
    """Raise ``ValueError`` if a text is nested more deeply than ``MAX_DEPTH``."""
    # The parser of the standard library recurses in C; on deep input its error depends on the size of the stack.
    # Counting is enough for almost every line; only the others are tokenized, to leave out brackets within strings.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def _reason(error: Exception) -> str:
    """Return a parser's reason, without the line number that it counts within the single line."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
