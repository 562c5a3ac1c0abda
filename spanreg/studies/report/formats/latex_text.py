"""Escape any text for LaTeX, so that every engine compiles it without further packages."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPECIAL: Final = {
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # LaTeX's default font encoding, OT1, has other characters in these three places.
    "<": "$<$",
    ">": "$>$",
    "|": r"\textbar{}",
    # A bracket after "\\" or in an argument would begin or end an option.
    "[": "{[}",
    "]": "{]}",
    # babel makes these active in some languages, and fonts turn two of them into one quotation mark.
    '"': r"\char34{}",
    "`": "{`}",
}
"Characters of ASCII that mean something else to LaTeX."

_LETTERS: Final = {
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "–": "--",
    "—": "---",
    "‘": "{`}",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
    "§": r"\S{}",
    "©": r"\copyright{}",
    "£": r"\pounds{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "\N{MINUS SIGN}": "$-$",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "∞": r"$\infty$",
    "∅": r"$\emptyset$",
}
# Without omicron, for which LaTeX has no command.
_GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
)
_LETTERS.update(
    {
        # Unicode spells the name of one letter LAMDA.
        unicodedata.lookup(f"GREEK SMALL LETTER {name.replace('lambda', 'lamda')}"): rf"$\{name}$"
        for name in _GREEK.split()
    }
)

_ACCENTS: Final = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0331": "b",
}
"Commands of accents by combining character, without those that only some font encodings have."


_LIGATURES: Final = re.compile("(?<=[-–—])(?=[-–—])|(?<=['’”])(?=['’”])")
"Places between two characters that fonts would join: two hyphens to a dash, two apostrophes to a quotation mark."


def escaped(text: str) -> str:
    r"""Return a text as LaTeX shows it, in ASCII; characters that plain LaTeX lacks become their code points.

    >>> escaped("50 % of caf\u00e9_1")
    "50 \\% of caf\\'{e}\\_1"
    """
    separated = _LIGATURES.sub("\0", unicodedata.normalize("NFC", text))
    return "".join("{}" if character == "\0" else _character(character) for character in separated)


def _character(character: str) -> str:
    """Return one character in LaTeX."""
    if character.isascii():
        if character.isspace():
            return " "
        return _SPECIAL.get(character, character) if character.isprintable() else _code_point(character)
    if character in _LETTERS:
        return _LETTERS[character]
    base, *marks = list(unicodedata.normalize("NFD", character))
    if len(marks) == 1 and marks[0] in _ACCENTS and base.isascii() and base.isalpha():
        return rf"\{_ACCENTS[marks[0]]}{{{base}}}"
    return _code_point(character)


def _code_point(character: str) -> str:
    return f"{{[}}U+{ord(character):04X}{{]}}"
