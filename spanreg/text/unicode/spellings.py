"""One spelling, for look-ups, of words that Unicode can write in several ways.

Two words have the same *spelling* if they are equal in the normal form NFC, with

- the apostrophes U+2018, U+2019, U+201B and U+02BC replaced by ``'``;
- the hyphens U+2010 and U+2011 replaced by ``-``;
- soft hyphens, U+00AD, removed.

So ``café`` is found whether its last letter is one character or two, and ``don’t`` as ``don't``. Full-width letters,
ligatures and other characters that only NFKC unifies remain different.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

# Typographic forms that editors insert for the keys ' and -, and an invisible mark that only suggests where to break.
_VARIANTS: Final[dict[int, str | None]] = {
    **dict.fromkeys((0x2018, 0x2019, 0x201B, 0x02BC), "'"),
    **dict.fromkeys((0x2010, 0x2011), "-"),
    0x00AD: None,
}

_JAMO: Final = range(0x1100, 0x1200)
"Parts of Hangul syllables, which NFC composes although they are letters and not marks."


def may_vary_in_spelling(code: int) -> bool:
    """Return whether a word with this code point may be spelt differently when it is looked up."""
    # A mark may compose with the letter before it; some characters are replaced by NFC on their own, such as U+212B.
    character = chr(code)
    if code in _VARIANTS or code in _JAMO or unicodedata.category(character).startswith("M"):
        return True
    return unicodedata.normalize("NFC", character) != character


# The distinct words of a corpus that need this are few, and most occur again and again.
@lru_cache(maxsize=1 << 16)
def spelling_of(form: str, lowercase: bool) -> str:
    """Return the spelling of a word.

    Args:
        form: the word, in lower case if ``lowercase``.
        lowercase: whether the spelling is in lower case, too.
    """
    spelt = unicodedata.normalize("NFC", form).translate(_VARIANTS)
    if spelt == form:
        return form
    if lowercase:
        # NFC may compose characters that have a lower case of their own. Like words, they are lower-cased character by
        # character; a character whose lower case is longer, such as U+0130, stays as it is.
        spelt = "".join(lower if len(lower := one.lower()) == 1 else one for one in spelt)
    # A word of soft hyphens alone keeps its form: an empty spelling would match any two of them in a phrase.
    return spelt or form
