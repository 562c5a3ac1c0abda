"""Words between white space, in UTF-8 text as arrays of bytes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.utf8 import bounds_in_parts, decode_wide

_OTHER, _SPACE, _CANDIDATE = 0, 1, 2

_SPACES: Final = np.array([code for code in range(0x3001) if chr(code).isspace()], dtype=np.uint32)
"All code points of white space; the last one is the ideographic space, U+3000."

_LEADS: Final = {chr(int(code)).encode()[0] for code in _SPACES if code >= 0x80}
"First bytes of white space that takes more than one byte."

_KINDS: Final = bytes(
    _CANDIDATE if byte in _LEADS else _SPACE if byte < 0x80 and chr(byte).isspace() else _OTHER for byte in range(256)
)
"Translation table from bytes to kinds; a candidate is the first byte of what may be wide white space."


def white_space_bounds(text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the byte offsets of the first byte of every word, and of the byte after it.

    Words are separated by white space as defined by ``str.isspace``. The text must be valid UTF-8 (surrogates may be
    encoded) and end with a line feed or a space.
    """
    return bounds_in_parts(text, _bounds_of_part)


def _bounds_of_part(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    kinds = np.frombuffer(data.translate(_KINDS), dtype=np.uint8)
    space = kinds == _SPACE
    # Most text has no wide white space at all; few characters share its first bytes, so only these are decoded.
    positions = np.flatnonzero(kinds == _CANDIDATE)
    if positions.size:
        wide = decode_wide(np.frombuffer(data, dtype=np.uint8), positions)
        found = np.isin(wide.codes, _SPACES)
        for step in range(3):
            reached = found & (wide.sizes > step)
            space[wide.positions[reached] + step] = True
    # Changes between space and non-space alternate: every other one is the start of a word. The text ends with white
    # space, so that the last word has an end.
    changes = np.flatnonzero(space[1:] != space[:-1]) + 1
    if not space[0]:
        changes = np.append(0, changes)
    return changes[::2], changes[1::2]
