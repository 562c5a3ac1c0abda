"""Recognition of numbers in text files."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]*")
_REAL: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Return whether a text is a finite decimal number.

    >>> is_number("1e-3"), is_number("1_000"), is_number("nan")
    (True, False, False)
    """
    # float() would also accept underscores, "nan", "infinity" and the digits of other scripts.
    return _REAL.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number without a plus sign, a leading zero or a decimal point."""
    return _WHOLE.fullmatch(text) is not None
