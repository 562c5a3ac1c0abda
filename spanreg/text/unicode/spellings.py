"""One spelling for words that Unicode can write in several ways, for looking them up.

Two words have one *spelling* if they are equal in the normal form NFC, with

- the apostrophes U+2018, U+2019, U+201B and U+02BC as ``'``;
- the hyphens U+2010 and U+2011 as ``-``;
- soft hyphens, U+00AD, left out.

So ``café`` is found whether its last letter is one character or two, and ``don’t`` as ``don't``. Full-width letters,
ligatures and the like (what only NFKC levels) are other spellings.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_VARIANTS: Final[dict[int, str | None]] = {
    **dict.fromkeys((0x2018, 0x2019, 0x201B, 0x02BC), "'"),
    **dict.fromkeys((0x2010, 0x2011), "-"),
    0x00AD: None,
}

_JAMO: Final = range(0x1100, 0x1200)
"Parts of Hangul syllables, which NFC joins though they are letters."


def varies(code: int) -> bool:
    """Return whether a word with this code point may have another spelling than it is written in."""
    character = chr(code)
    if code in _VARIANTS or code in _JAMO or unicodedata.category(character).startswith("M"):
        return True
    return unicodedata.normalize("NFC", character) != character


@lru_cache(maxsize=1 << 16)
def spelling_of(form: str, lowercase: bool) -> str:
    """Return the spelling of a word.

    Args:
        form: the word, in lower case if ``lowercase``.
        lowercase: whether the spelling is to be in lower case, too.
    """
    spelt = unicodedata.normalize("NFC", form).translate(_VARIANTS)
    if spelt == form:
        return form
    if lowercase:
        # as words are lower-cased: character by character
        spelt = "".join(lower if len(lower := one.lower()) == 1 else one for one in spelt)
    return spelt or form
