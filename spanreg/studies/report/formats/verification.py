"""Compare the numbers of a LaTeX file with a study, by their key comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from spanreg.registry import ConfigurationError, Problem

_COMMENT: Final = re.compile(r"(?<!\\)(?:\\\\)*(%\s*spanreg:\s*(.*))$")
"The comment behind a number; a per cent sign after an odd number of backslashes does not begin one."

_NUMBER: Final = re.compile(r"(?:(?P<bound>[<>])\s*+)?(?:(?P<sign>[-+])\s?)?(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)")
_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")

# How LaTeX files write signs and separators; a dash between two numbers is no sign.
_SPELLINGS: Final = (
    ("---", " "),
    ("--", " "),
    ("$-$", "-"),
    ("$+$", "+"),
    ("{-}", "-"),
    ("\N{MINUS SIGN}", "-"),
    ("{,}", ","),
    (r"\,", ""),
    ("{.}", "."),
    ("$", ""),
)


@dataclass(frozen=True, slots=True)
class KeyedNumber:
    """A number of a LaTeX file with the key in the comment behind it.

    ``KeyedNumber(12, "plain/mrpc/accuracy/mean", "81.20")``
    """

    line: int
    "Counted from 1."
    key: str
    printed: str
    "The number before the comment; empty if there is none."


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A number of a LaTeX file that is not the study's.

    ``print(verify_numbers(path, numbers)[1][0])``
    """

    file: str
    line: int
    key: str
    printed: str
    expected: str
    "The study's number, rounded as the printed one."

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key} is {self.expected} in the study, but {self.printed} is printed"


def verify_numbers(file: Path, numbers: Mapping[str, float]) -> tuple[int, list[Mismatch]]:
    """Return how many numbers of a LaTeX file have a key, and those that are not the study's.

    Args:
        file: the LaTeX file; files that it includes are not read.
        numbers: the study's numbers by key (``keyed_numbers``).

    Raises:
        ConfigurationError: the file cannot be read, it has no key comment, a key is unknown, or no number is before a
            comment; all mistakes at once.
    """
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", file=str(file)) from error
    found = list(keyed_numbers_in(text))
    if not found:
        hint = "write a table with: spanreg report DIR -o table.tex"
        raise ConfigurationError(
            "no number has a key comment '% spanreg: arm/task/metric/field'", file=str(file), hint=hint
        )
    if problems := [problem for one in found if (problem := _problem(one, numbers, str(file)))]:
        raise ConfigurationError(problems)
    wrong = [one for one in found if not agrees(one.printed, numbers[one.key])]
    return len(found), [
        Mismatch(str(file), one.line, one.key, one.printed, rounded_as(one.printed, numbers[one.key])) for one in wrong
    ]


def keyed_numbers_in(text: str) -> Iterator[KeyedNumber]:
    """Yield the last number before each key comment of a LaTeX text."""
    for line, content in enumerate(text.split("\n"), 1):
        if comment := _COMMENT.search(content):
            before = content[: comment.start(1)]
            for spelling, plain in _SPELLINGS:
                before = before.replace(spelling, plain)
            numbers = list(_NUMBER.finditer(before))
            yield KeyedNumber(line, comment[2].strip(), _spelt(numbers[-1]) if numbers else "")


def agrees(printed: str, value: float) -> bool:
    """Return whether a printed number is a value rounded to as many decimal places, or a bound that it lies within.

    >>> agrees("81.20", 81.2013), agrees("< 0.001", 0.0004), agrees("81.2", 81.3)
    (True, True, False)
    """
    number, places = _value(printed), _places(printed)
    if printed.startswith("<"):
        return value < number
    if printed.startswith(">"):
        return value > number
    # A value half-way between two printed numbers may be rounded either way; its last bits decide in most programs.
    return abs(number - value) <= 0.5 * 10.0**-places + 1e-12 * max(1.0, abs(value))


def rounded_as(printed: str, value: float) -> str:
    """Return a value with the sign, separators and decimal places of a printed number."""
    sign = "+" if printed.lstrip("<> ").startswith("+") else ""
    separator = "," if _THOUSANDS.search(printed) else ""
    return format(value, f"{sign}{separator}.{_places(printed) + 2 * printed.startswith(('<', '>'))}f")


def _spelt(number: re.Match[str]) -> str:
    bound = f"{number['bound']} " if number["bound"] else ""
    return f"{bound}{number['sign'] or ''}{number['digits'].rstrip(',')}"


def _digits(printed: str) -> str:
    """Return the digits with a decimal point, from ``1,234.5`` or ``81,2``."""
    digits = printed.lstrip("<> ")
    unsigned = digits.lstrip("+-")
    if "," in unsigned and not _THOUSANDS.fullmatch(unsigned):
        return digits.replace(",", ".", 1)
    return digits.replace(",", "")


def _value(printed: str) -> float:
    return float(_digits(printed))


def _places(printed: str) -> int:
    return len(_digits(printed).partition(".")[2])


def _problem(found: KeyedNumber, numbers: Mapping[str, float], file: str) -> Problem | None:
    if found.key not in numbers:
        near = get_close_matches(found.key, numbers, n=1)
        hint = (
            f"did you mean '{near[0]}'?"
            if near
            else "keys are arm/task/metric/field, as in the tables of 'spanreg report'"
        )
        return Problem(f"unknown key '{found.key}'", hint=hint, file=file, line=found.line)
    if not found.printed:
        return Problem(
            f"no number is before the comment of '{found.key}'",
            hint="keep both on one line",
            file=file,
            line=found.line,
        )
    return None
