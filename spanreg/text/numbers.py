"""Numbers in text files: only what is written as one is one."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]*")
_REAL: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Return whether a text is a finite number in digits; Python's own ``float`` also takes ``1_000`` and ``nan``."""
    return _REAL.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number without a plus sign, a leading zero or a point."""
    return _WHOLE.fullmatch(text) is not None
