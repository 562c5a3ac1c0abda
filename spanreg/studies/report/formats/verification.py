"""Compare the numbers of a LaTeX file with a study, by their key comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from spanreg.registry import ConfigurationError, Problem

_COMMENT: Final = re.compile(r"(?<!\\)(?:\\\\)*(%.*)$")
"The comment of a line; a per cent sign after an odd number of backslashes does not begin one."
_KEY: Final = re.compile(r"%\s*spanreg:")
"Begins a key; editors may change the space after the per cent sign."

# A number is found as people write it: with a bound (``< 0.001``), a sign, thousands separators, and an exponent. A
# hyphen after a letter, or between two numbers, is not a sign.
_NUMBER: Final = re.compile(
    r"(?:(?P<bound>[<>]) ?)?(?:(?<![\w.)])(?P<sign>[-+])(?:(?<!\d [-+]) )?)?"
    r"(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)(?P<exponent>[eE][-+]?\d+)?"
)
_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")

_SPELLINGS: Final = (
    ("---", " "),
    ("--", " "),
    ("+/-", " "),
    ("$-$", "-"),
    ("$+$", "+"),
    ("{-}", "-"),
    (r"\textminus", "-"),
    ("\N{MINUS SIGN}", "-"),
    (r"\textless", "<"),
    (r"\textgreater", ">"),
    (r"\leq", "<"),
    (r"\geq", ">"),
    ("{,}", ","),
    (r"\,", ""),
    ("{.}", "."),
    ("$", ""),
    ("~", " "),
)
"Spellings of signs and separators in LaTeX, with the plain characters; longer ones come first. A dash is not a sign."

# The order matters: commands with arguments that are not text come first, since later patterns remove the names of all
# commands and all braces, and would leave such arguments behind as numbers.
_LAYOUT: Final = (
    (re.compile(r"\\\\\*?\s*\[[^\]]*\]"), " "),
    (re.compile(r"\\(?:cmidrule|cline|specialrule)\s*(?:\([^)]*\))?\s*(?:\{[^}]*\})+"), " "),
    (re.compile(r"\\(?:addlinespace|midrule|bottomrule|toprule)\s*\[[^\]]*\]"), " "),
    (
        re.compile(
            r"\\(?:[hv]space\*?|[hv]?phantom|footnotemark|footnote|tnote|cite[a-z]*|ref)\s*(?:\[[^\]]*\])?\{[^}]*\}"
        ),
        "",
    ),
    (re.compile(r"\\(?:footnotemark)\s*\[[^\]]*\]"), ""),
    (re.compile(r"\\(?:text|cell|row|)color\s*(?:\[[^\]]*\])?\{[^}]*\}"), ""),
    (re.compile(r"\\multi(?:column|row)\s*(?:\{[^}]*\}\s*){2}"), ""),
    # A whole number or a letter as a superscript is a mark; one with decimals is a number.
    (re.compile(r"\\times\s*10\s*\^\s*\{?\s*([-+]?\d+)\s*\}?"), r"e\1"),
    (re.compile(r"(?:\^|\\textsuperscript)\s*(?:\{[^}.\d]*\d*[^}.\d]*\}|\w|\\[A-Za-z]+)"), ""),
    (
        re.compile(
            r"\\(?:text|math)(?:bf|it|rm|sf|tt|sl|sc|md|up|normal)|\\(?:emph|u?line|underline|bm|boldsymbol|num|SI|qty)(?![A-Za-z])"
        ),
        "",
    ),
    (re.compile(r"\\[A-Za-z]+\*?"), " "),
    (re.compile(r"[{}]"), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?<=\d) e(?=[-+]?\d)"), "e"),
)
"Patterns of what surrounds numbers, with replacements: arguments of layout commands, footnote marks, and fonts."


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
class NumberMismatch:
    """A number of a LaTeX file that differs from the study's.

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


def verify_numbers(file: Path, numbers: Mapping[str, float]) -> tuple[int, list[NumberMismatch]]:
    """Return how many numbers of a LaTeX file have a key, and those that differ from the study's.

    The file may have been edited by hand after ``spanreg report`` wrote its tables: fonts, signs and fewer digits do
    not matter, since a number agrees if it is the study's in as many digits as are printed.

    Args:
        file: the LaTeX file; files that it includes are not read.
        numbers: the study's numbers by key (``keyed_numbers``).

    Raises:
        ConfigurationError: the file cannot be read, it has no key comment, a key is unknown, two keys are on one line,
            or no number is before a comment; all mistakes at once.
    """
    text = _read(file)
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
        NumberMismatch(str(file), one.line, one.key, one.printed, rounded_as(one.printed, numbers[one.key]))
        for one in wrong
    ]


def keys_in(file: Path) -> set[str]:
    """Return the keys of a LaTeX file; none if it cannot be read, which ``verify_numbers`` reports."""
    try:
        return {one.key for one in keyed_numbers_in(_read(file))}
    except ConfigurationError:
        return set()


def keyed_numbers_in(text: str) -> Iterator[KeyedNumber]:
    """Yield the last number before each key comment of a LaTeX text; lines that are commented out have none."""
    # Not splitlines(), which also divides at characters that editors do not count as line ends, such as U+2028.
    for line, content in enumerate(text.split("\n"), 1):
        if not (comment := _COMMENT.search(content)) or not (mark := _KEY.search(comment[1])):
            continue
        before = content[: comment.start(1)]
        # A key behind other text of a comment, on a line without anything else, belongs to a number that is commented
        # out with it.
        if before.strip() or mark.start() == 0:
            yield KeyedNumber(line, comment[1][mark.end() :].strip(), _last_number(before))


def _last_number(text: str) -> str:
    """Return the last number of a LaTeX text without its layout; empty if the text has none."""
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    for layout, plain in _LAYOUT:
        text = layout.sub(plain, text)
    numbers = list(_NUMBER.finditer(text))
    return _printed(numbers[-1]) if numbers else ""


def _read(file: Path) -> str:
    """Return the text of a LaTeX file.

    Raises:
        ConfigurationError: it cannot be read, or it is not in UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", file=str(file)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"the file is not in UTF-8: unexpected byte 0x{error.object[error.start]:02x}"
        hint = "convert it, as with: iconv -f latin1 -t utf-8"
        raise ConfigurationError([Problem(problem, hint=hint, file=str(file), line=line)]) from error


def agrees(printed: str, value: float) -> bool:
    """Return whether a printed number is a value rounded to as many decimal places, or a bound that holds for it.

    >>> agrees("81.20", 81.2013), agrees("< 0.001", 0.0004), agrees("81.2", 81.3)
    (True, True, False)
    """
    number, places = float(_digits(printed)), _places(printed)
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
    if "e" in printed.lower():
        mantissa = printed.lower().partition("e")[0]
        return format(value, f"{sign}.{len(_digits(mantissa).partition('.')[2])}e")
    # Two digits more than those of a bound, since the value may round to the bound itself.
    return format(value, f"{sign}{separator}.{_places(printed) + 2 * printed.startswith(('<', '>'))}f")


def _printed(number: re.Match[str]) -> str:
    """Return a matched number in the form of ``KeyedNumber.printed``."""
    bound = f"{number['bound']} " if number["bound"] else ""
    return f"{bound}{number['sign'] or ''}{number['digits'].rstrip(',')}{number['exponent'] or ''}"


def _digits(printed: str) -> str:
    """Return a printed number as Python reads it, from ``1,234.5`` or ``81,2``."""
    digits = printed.lstrip("<> ")
    unsigned = digits.lstrip("+-")
    # A comma that does not separate thousands is the decimal comma of many languages.
    if "," in unsigned and not _THOUSANDS.fullmatch(unsigned):
        return digits.replace(",", ".", 1)
    return digits.replace(",", "")


def _places(printed: str) -> int:
    """Return the decimal places of a number; negative if only its tens or hundreds are printed, as in ``1e3``."""
    mantissa, _, exponent = printed.lower().partition("e")
    return len(_digits(mantissa).partition(".")[2]) - int(exponent or 0)


def _problem(found: KeyedNumber, numbers: Mapping[str, float], file: str) -> Problem | None:
    """Return why a number cannot be compared; None if it can."""
    if _KEY.search(found.key):
        # An editor has joined two lines of a table.
        keys = " and ".join(f"'{key.strip()}'" for key in _KEY.split(found.key))
        hint = "begin a new line after the first key"
        return Problem(f"two keys are on one line, {keys}", hint=hint, file=file, line=found.line)
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
