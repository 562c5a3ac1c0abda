"""Words of texts with character offsets, by rules that do not depend on any encoder's tokenizer.

``find_words`` accepts any rule (see the family ``words``). Its default is the word rule ``words-1``, over the
characters (code points) of a text, by Unicode's general categories:

1. White space and control characters separate words and belong to no word, as do U+200B and U+FEFF.
2. Consecutive letters, numbers and connector punctuation (``_``) are one word: ``R2D2``, ``snake_case``.
3. An apostrophe (``'`` or ``’``) between two letters joins them: ``don't``, ``l’eau``.
4. A full stop or a comma between two decimal digits joins them: ``1,234.5``.
5. Consecutive regional indicators are one word: the two halves of a flag.
6. Combining marks, variation selectors, emoji modifiers and format characters extend the character before them, whose
   kind does not change. If there is none (at the start, or after a separator), the first of them is a separate word,
   like a symbol. A character directly after a zero-width joiner belongs to the same word.
7. Every other character is a separate word: punctuation, symbols, emoji, and each character of Han and of Hiragana.

The *form* of a word is the word itself or its lower case. Lower-casing works character by character and keeps lengths:
a character whose lower case is not a single character of the same UTF-8 size stays unchanged. N-grams are counted by
their forms. In look-ups, forms that Unicode can spell in several ways are the same: see
``spanreg.text.unicode.spellings``.

Some words are *boundaries*, which n-grams never contain: sentence-final marks (full stop, ``!``, ``?``, ``…``),
comma-like marks (``,``, ``;``, ``:``), long dashes, brackets and double quotation marks, including those of other
scripts. A word is a boundary if its first character is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.characters import varying
from spanreg.text.unicode.spellings import spelling_of
from spanreg.text.unicode.utf8 import boundaries, lowered, wide_characters, word_bounds

WORD_RULE = "words-1"
"Version of the rule above; a dictionary is used with the rule it was sampled with only."

WordBounds = Callable[[NDArray[np.uint8]], tuple[NDArray[np.int64], NDArray[np.int64]]]
"Returns, for a text in UTF-8, the byte offsets of every word's first byte and of the byte after its last one."

# A line feed after every text: it separates words, so that no word reaches from one text into the next.
_SEPARATOR = b"\n"


class LookupSpellings(NamedTuple):
    """Words in the spelling in which they are looked up.

    Example: ``find_words(["Don’t"]).spellings(lowercase=True).others`` is ``[b"don't"]``.
    """

    utf8: NDArray[np.uint8]
    "All texts, in lower case if requested; the byte offsets of words are the same, shape: (bytes,)."
    changed: NDArray[np.int64]
    "Indices of the words whose spelling differs from the text, ascending, shape: (changed words,)."
    others: list[bytes]
    "Spellings of these words."


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of a batch of texts, in columns; returned by ``find_words``.

    Example: ``find_words(["The old man."]).of(0)`` is ``["The", "old", "man", "."]``.
    """

    texts: Sequence[str]
    "The texts."
    starts: NDArray[np.int32]
    "Character offset of each word's first character in its own text, shape: (words,)."
    ends: NDArray[np.int32]
    "Character offset after each word's last character, shape: (words,)."
    bounds: NDArray[np.int64]
    "The words of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,)."
    utf8: NDArray[np.uint8]
    "All texts in UTF-8, each followed by a line feed, shape: (bytes,)."
    byte_starts: NDArray[np.int64]
    "Offset of each word's first byte in ``utf8``, shape: (words,)."
    byte_ends: NDArray[np.int64]
    "Offset after each word's last byte in ``utf8``, shape: (words,)."
    rule: str = WORD_RULE
    "Version of the word rule."
    one_spelling: bool = True
    "Whether look-ups unify the spellings that Unicode has for a word (``spanreg.text.unicode.spellings``)."

    def __len__(self) -> int:
        """Return the number of words in all texts."""
        return int(self.starts.size)

    def of(self, text: int) -> list[str]:
        """Return the words of one text, unchanged."""
        first, last = self.bounds[text], self.bounds[text + 1]
        starts, ends = self.starts[first:last].tolist(), self.ends[first:last].tolist()
        whole = self.texts[text]
        return [whole[start:end] for start, end in zip(starts, ends, strict=True)]

    def boundaries(self) -> NDArray[np.bool_]:
        """Return which words are boundaries, shape: (words,)."""
        return boundaries(self.utf8, self.byte_starts)

    def forms(self, lowercase: bool = True) -> list[str]:
        """Return every word unchanged or in lower case, in the order of the texts."""
        data = (lowered(self.utf8) if lowercase else self.utf8).tobytes()
        starts, ends = self.byte_starts.tolist(), self.byte_ends.tolist()
        return [data[start:end].decode("utf-8", "surrogatepass") for start, end in zip(starts, ends, strict=True)]

    def spellings(self, lowercase: bool) -> LookupSpellings:
        """Return the words in the spelling in which they are looked up; only changed words are copied.

        Args:
            lowercase: whether words are looked up in lower case.
        """
        # Few words have a character that may be spelt differently, so that only these are normalized one by one.
        wide = wide_characters(self.utf8)
        text = lowered(self.utf8, wide) if lowercase else self.utf8
        others: dict[int, bytes] = {}
        for word in self._holding(wide.positions[varying(wide.codes)]) if self.one_spelling else ():
            form = text[self.byte_starts[word] : self.byte_ends[word]].tobytes().decode("utf-8", "surrogatepass")
            spelling = spelling_of(form, lowercase)
            if spelling != form:
                others[word] = spelling.encode("utf-8", "surrogatepass")
        return LookupSpellings(text, np.array(list(others), dtype=np.int64), list(others.values()))

    def spelt(self, lowercase: bool) -> list[str]:
        """Return every word in the spelling in which it is looked up, in the order of the texts."""
        found, others = self.forms(lowercase), self.spellings(lowercase)
        for word, spelling in zip(others.changed.tolist(), others.others, strict=True):
            found[word] = spelling.decode("utf-8", "surrogatepass")
        return found

    def _holding(self, positions: NDArray[np.int64]) -> list[int]:
        """Return the indices of the words that contain the bytes at some positions."""
        # The last word that starts at or before a position contains it, unless the position is between words.
        words = np.searchsorted(self.byte_starts, positions, side="right") - 1
        inside = (words >= 0) & (positions < self.byte_ends[words]) if len(self) else np.zeros(len(words), np.bool_)
        found: list[int] = np.unique(words[inside]).tolist()
        return found


def find_words(
    texts: Sequence[str], bounds_of: WordBounds = word_bounds, rule: str = WORD_RULE, *, one_spelling: bool = True
) -> Words:
    """Return the words of texts; every string is valid, including the empty one and strings with lone surrogates.

    Args:
        texts: the texts.
        bounds_of: returns the byte offsets of words; default: those of the rule ``words-1``.
        rule: name and version of the rule that ``bounds_of`` implements.
        one_spelling: whether look-ups unify the spellings that Unicode has for a word.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    joined = np.frombuffer(_SEPARATOR.join([*encoded, b""]) or _SEPARATOR, dtype=np.uint8)
    # Byte offset of every text, each followed by one separator, shape: (texts + 1,).
    text_starts = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(data) + 1 for data in encoded], out=text_starts[1:])
    byte_starts, byte_ends = bounds_of(joined)
    bounds = np.searchsorted(byte_starts, text_starts).astype(np.int64)
    starts, ends = byte_starts, byte_ends
    # In ASCII text, byte offsets are character offsets: most batches skip the rest.
    if sum(map(len, texts)) != sum(map(len, encoded)):
        before = _characters_before(joined)
        starts, ends, text_starts = before[starts], before[ends], before[text_starts]
    # Offsets among all texts become offsets in the word's own text.
    shift = np.repeat(text_starts[:-1], np.diff(bounds))
    return Words(
        texts=texts,
        starts=(starts - shift).astype(np.int32),
        ends=(ends - shift).astype(np.int32),
        bounds=bounds,
        utf8=joined,
        byte_starts=byte_starts,
        byte_ends=byte_ends,
        rule=rule,
        one_spelling=one_spelling,
    )


def _characters_before(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of characters that start before each byte, shape: (bytes + 1,)."""
    # Continuation bytes of UTF-8 have the form 10xxxxxx; every other byte starts a character.
    before = np.zeros(text.size + 1, dtype=np.int64)
    np.cumsum((text & 0xC0) != 0x80, out=before[1:])
    return before
