"""The word rule: examples, and equality with a slow loop over characters."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.text.unicode.words import Words, find_words


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return find_words([text]).of(0)


EXAMPLES = {
    "": [],
    "  \t\n ": [],
    "Hello world": ["Hello", "world"],
    "two  spaces": ["two", "spaces"],
    "don't can’t": ["don't", "can’t"],
    "dogs' 'tis rock 'n' roll": ["dogs", "'", "'", "tis", "rock", "'", "n", "'", "roll"],
    "a''b": ["a", "'", "'", "b"],
    "1,234.5 and 3. 4,": ["1,234.5", "and", "3", ".", "4", ","],
    "v1.2 a.b": ["v1.2", "a", ".", "b"],
    "snake_case R2D2": ["snake_case", "R2D2"],
    "well-known": ["well", "-", "known"],
    "café": ["café"],
    "cafe\u0301's": ["cafe\u0301's"],
    "naïve coöperation": ["naïve", "coöperation"],
    "https://a.org/x?y=1": ["https", ":", "/", "/", "a", ".", "org", "/", "x", "?", "y", "=", "1"],
    "漢字かな": ["漢", "字", "か", "な"],
    "カタカナ 한국어": ["カタカナ", "한국어"],
    "か\u3099き": ["か\u3099", "き"],
    "👍🏽👍": ["👍🏽", "👍"],
    "👩\u200d👩\u200d👧x": ["👩\u200d👩\u200d👧", "x"],
    "❤\ufe0f❤": ["❤\ufe0f", "❤"],
    "🇩🇪 🇫🇷": ["🇩🇪", "🇫🇷"],
    "1\ufe0f\u20e3a": ["1\ufe0f\u20e3a"],
    "\u0301\u0301a": ["\u0301\u0301", "a"],
    "x \u0301y": ["x", "\u0301", "y"],
    "soft\u00adhyphen zero\u200bwidth": ["soft\u00adhyphen", "zero", "width"],
    "\ufeffmark": ["mark"],
    "no\u00a0break ideographic\u3000space": ["no", "break", "ideographic", "space"],
    "a\ud800b": ["a", "\ud800", "b"],
    "a\x00b\x1bc": ["a", "b", "c"],
    "x\u200d y": ["x\u200d", "y"],
    "\u200dx": ["\u200dx"],
    "a'\u0301b": ["a", "'\u0301", "b"],
    "x½²": ["x½²"],
    "…!": ["…", "!"],
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_split_into_words(text: str) -> None:
    assert words_of(text) == EXAMPLES[text]


def test_all_examples_in_one_batch() -> None:
    texts = list(EXAMPLES)
    words = find_words(texts)
    assert [words.of(i) for i in range(len(texts))] == list(EXAMPLES.values())


HAN_AND_HIRAGANA = [
    *[(0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B150, 0x1B152), (0x3005, 0x3005), (0x3007, 0x3007)],
    *[(0x3021, 0x3029), (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)],
]


def character_kind(character: str) -> str:
    """Return the class of a character under the word rule."""
    code, category = ord(character), unicodedata.category(character)
    if any(first <= code <= last for first, last in HAN_AND_HIRAGANA):
        return "symbol"
    if character in "\u200b\ufeff" or character.isspace() or category[0] == "Z" or category == "Cc":
        return "separator"
    if category[0] == "M" or category == "Cf" or 0x1F3FB <= code <= 0x1F3FF:
        return "extender"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "flag"
    if category[0] == "L":
        return "letter"
    if category == "Nd":
        return "digit"
    return "word" if category in {"Nl", "No", "Pc"} else "symbol"


def slow_words(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of a text, by a loop over its characters."""
    effective: list[str] = []
    joins: list[bool] = []
    for i, character in enumerate(text):
        own = character_kind(character)
        before = effective[-1] if effective else "separator"
        if own == "extender":
            joins.append(before != "separator")
            effective.append(before if before != "separator" else "symbol")
            if i and text[i - 1] == "\u200d":
                joins[-1] = True
            continue
        after = character_kind(text[i + 1]) if i + 1 < len(text) else "separator"
        if character in "'’" and before == after == "letter":
            own = "letter"
        if character in ".," and before == after == "digit":
            own = "digit"
        running = {"letter", "digit", "word"}
        join = (own in running and before in running) or own == before == "flag"
        if i and text[i - 1] == "\u200d":
            join = True
        joins.append(join and own != "separator")
        effective.append(own)
    spans: list[tuple[int, int]] = []
    for i, own in enumerate(effective):
        if own != "separator":
            if joins[i]:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
    return spans


TRICKY = st.sampled_from(list("aZé1٣½_ '’.,-\n\u00a0漢かカ한👍🏽🇩\u200d\u200b\u200c\ufe0f\u0301\u20e3\ud800…\u3099İẞ"))
TEXTS = st.lists(st.text(TRICKY, max_size=12) | st.text(max_size=12), max_size=6)


@given(TEXTS)
@settings(max_examples=250)
def test_equals_a_slow_loop(texts: list[str]) -> None:
    words = find_words(texts)
    assert words.bounds.size == len(texts) + 1
    for i, text in enumerate(texts):
        first, last = words.bounds[i], words.bounds[i + 1]
        found = zip(words.starts[first:last].tolist(), words.ends[first:last].tolist(), strict=True)
        assert list(found) == slow_words(text)


def slow_form(word: str) -> str:
    """Return a word in lower case, except characters whose lower case is longer or shorter, also in bytes."""

    def lower(character: str) -> str:
        low = character.lower()
        same = len(low) == 1 and len(low.encode("utf-8", "surrogatepass")) == len(
            character.encode("utf-8", "surrogatepass")
        )
        return low if same else character

    return "".join(map(lower, word))


@given(TEXTS)
@settings(max_examples=150)
def test_forms_equal_a_slow_loop(texts: list[str]) -> None:
    words = find_words(texts)
    expected = [word for i in range(len(texts)) for word in words.of(i)]
    assert words.forms(lowercase=False) == expected
    assert words.forms() == [slow_form(word) for word in expected]


def test_every_seventh_code_point_equals_a_slow_loop() -> None:
    """Each code point is placed between two letters."""
    texts = [f"a{chr(code)}b" for code in range(0x110000)][::7]
    words = find_words(texts)
    expected = [slow_words(text) for text in texts]
    assert words.starts.tolist() == [start for spans in expected for start, _ in spans]
    assert words.ends.tolist() == [end for spans in expected for _, end in spans]


def test_a_long_text_is_split_into_words() -> None:
    words = find_words(["word " * 10_000])
    assert len(words) == 10_000
    assert words.starts[-1] == 5 * 9_999


def test_words_are_columns_of_positions() -> None:
    words = find_words(["é a", "", "b"])
    assert isinstance(words, Words)
    assert words.starts.dtype == words.ends.dtype == np.int32
    assert words.bounds.tolist() == [0, 2, 2, 3]
    assert words.starts.tolist() == [0, 2, 0]
    assert find_words([]).bounds.tolist() == [0]


def test_boundaries_are_punctuation() -> None:
    text = "a . b , c ; : ! ? … — – ( ) [ ] \" « » “ ” 。、 - ' ’ / & 1.5 don't ,\u0301"
    words = find_words([text])
    crossing = [word for word, boundary in zip(words.of(0), words.boundaries().tolist(), strict=True) if not boundary]
    assert crossing == ["a", "b", "c", "-", "'", "’", "/", "&", "1.5", "don't"]
