"""Words of texts with character offsets, by rules that do not depend on any encoder's tokenizer.

``find_words`` takes any rule (see the family ``words``), and by default the following one.

The word rule ``words-1``, over the characters (code points) of a text, by Unicode's general categories:

1. White space and control characters separate words and belong to none; so do U+200B and U+FEFF.
2. Letters, numbers and connector punctuation (``_``) run together: ``R2D2`` and ``snake_case`` are one word each.
3. An apostrophe (``'`` or ``’``) between two letters joins them: ``don't``, ``l’eau``.
4. A full stop or a comma between two decimal digits joins them: ``1,234.5``.
5. Regional indicators run together: the two halves of a flag.
6. Combining marks, variation selectors, emoji modifiers and format characters extend the character before them: it
   stays what it was, as if they were not there. Where there is none (at the start, or after a separator) the first of
   them is a word by itself, like a symbol. Whatever follows a zero-width joiner directly belongs to the same word.
7. Every other character is a word of its own: punctuation, symbols, emoji, and each character of Han and of Hiragana.

The *form* of a word is the word itself or its lower case. Lower-casing goes character by character and keeps lengths: a
character whose lower case is not one character with as many UTF-8 bytes stays as it is. N-grams are counted by their
forms. Look-ups take forms that Unicode spells in several ways as one: see ``spanreg.text.unicode.spellings``.

Some words are *boundaries*: no n-gram crosses them. These are sentence-final marks (full stop, ``!``, ``?``, ``…``),
comma-like marks (``,``, ``;``, ``:``), long dashes, brackets and double quotation marks, also those of other scripts. A
word is one if its first character is.
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
"Version of the rule above; a dictionary sampled by one rule is not used with another."

WordBounds = Callable[[NDArray[np.uint8]], tuple[NDArray[np.int64], NDArray[np.int64]]]
"Takes text in UTF-8 and gives the byte offsets of every word's first byte and of the byte after its last one."

_SEPARATOR = b"\n"


class Spellings(NamedTuple):
    """Words as they are looked up."""

    utf8: NDArray[np.uint8]
    "All texts, in lower case where it is asked for; the byte offsets of words hold here, too, shape: (bytes,)."
    changed: NDArray[np.int64]
    "The words whose spelling is not what stands there, ascending, shape: (changed words,)."
    others: list[bytes]
    "Their spellings."


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of a batch of texts, in columns; made by ``find_words``."""

    texts: Sequence[str]
    "The texts themselves."
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
    "Version of the rule by which they were found."
    one_spelling: bool = True
    "Whether the spellings that Unicode has for a word are looked up as one (``spanreg.text.unicode.spellings``)."

    def __len__(self) -> int:
        """Number of words in all texts."""
        return int(self.starts.size)

    def of(self, text: int) -> list[str]:
        """The words of one text as they stand there."""
        first, last = self.bounds[text], self.bounds[text + 1]
        starts, ends = self.starts[first:last].tolist(), self.ends[first:last].tolist()
        whole = self.texts[text]
        return [whole[start:end] for start, end in zip(starts, ends, strict=True)]

    def boundaries(self) -> NDArray[np.bool_]:
        """Which words no n-gram crosses, shape: (words,)."""
        return boundaries(self.utf8, self.byte_starts)

    def forms(self, lowercase: bool = True) -> list[str]:
        """Return every word as it stands or in lower case, in the order of the texts."""
        data = (lowered(self.utf8) if lowercase else self.utf8).tobytes()
        starts, ends = self.byte_starts.tolist(), self.byte_ends.tolist()
        return [data[start:end].decode("utf-8", "surrogatepass") for start, end in zip(starts, ends, strict=True)]

    def spellings(self, lowercase: bool) -> Spellings:
        """Return the words in the spelling in which they are looked up, without copying those that stand there.

        Args:
            lowercase: whether words are looked up in lower case.
        """
        wide = wide_characters(self.utf8)
        text = lowered(self.utf8, wide) if lowercase else self.utf8
        others = {
            word: spelling.encode("utf-8", "surrogatepass")
            for word in (self._holding(wide.positions[varying(wide.codes)]) if self.one_spelling else ())
            if (spelling := spelling_of(form := self._form(text, word), lowercase)) != form
        }
        return Spellings(text, np.array(list(others), dtype=np.int64), list(others.values()))

    def spelt(self, lowercase: bool) -> list[str]:
        """Return every word in the spelling in which it is looked up, in the order of the texts."""
        found, others = self.forms(lowercase), self.spellings(lowercase)
        for word, spelling in zip(others.changed.tolist(), others.others, strict=True):
            found[word] = spelling.decode("utf-8", "surrogatepass")
        return found

    def _holding(self, positions: NDArray[np.int64]) -> list[int]:
        """Return the words that hold the bytes at some positions."""
        words = np.searchsorted(self.byte_starts, positions, side="right") - 1
        inside = (words >= 0) & (positions < self.byte_ends[words]) if len(self) else np.zeros(len(words), np.bool_)
        found: list[int] = np.unique(words[inside]).tolist()
        return found

    def _form(self, text: NDArray[np.uint8], word: int) -> str:
        return text[self.byte_starts[word] : self.byte_ends[word]].tobytes().decode("utf-8", "surrogatepass")


def find_words(
    texts: Sequence[str], bounds_of: WordBounds = word_bounds, rule: str = WORD_RULE, *, one_spelling: bool = True
) -> Words:
    """Return the words of all texts; any string is fine, also an empty one and one with lone surrogates.

    Args:
        texts: the texts.
        bounds_of: finds the words; by default by the rule above.
        rule: name and version of the rule that ``bounds_of`` follows.
        one_spelling: whether the spellings that Unicode has for a word are looked up as one.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    joined = np.frombuffer(_SEPARATOR.join([*encoded, b""]) or _SEPARATOR, dtype=np.uint8)
    text_starts = _offsets(encoded)
    byte_starts, byte_ends = bounds_of(joined)
    bounds = np.searchsorted(byte_starts, text_starts).astype(np.int64)
    starts, ends = byte_starts, byte_ends
    if sum(map(len, texts)) != sum(map(len, encoded)):
        before = _characters_before(joined)
        starts, ends, text_starts = before[starts], before[ends], before[text_starts]
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


def _offsets(encoded: Sequence[bytes]) -> NDArray[np.int64]:
    """Byte offset of every text among all, each followed by one separator, shape: (texts + 1,)."""
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(data) + 1 for data in encoded], out=offsets[1:])
    return offsets


def _characters_before(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number of characters that begin before each byte, shape: (bytes + 1,)."""
    before = np.zeros(text.size + 1, dtype=np.int64)
    np.cumsum((text & 0xC0) != 0x80, out=before[1:])
    return before
