"""``Vocabulary``: equality with a Python dict, and very long words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.unicode.words import find_words
from spanreg.text.vocabulary import LONGEST_WORD, UNKNOWN, Vocabulary

WORD = st.text("aéb漢'x", min_size=1, max_size=30) | st.integers(1, 90).map(lambda size: "ab" * size)
TEXTS = st.lists(st.lists(WORD, max_size=8).map(" ".join), max_size=5)


def word_codes(vocabulary: Vocabulary, texts: list[str], add: bool) -> list[int]:
    """Return the code of each word of the texts; add unknown words, or return their code as unknown."""
    words = find_words(texts)
    lookup = vocabulary.intern if add else vocabulary.find
    return lookup(words.utf8, words.byte_starts, words.byte_ends).tolist()


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_equals_a_dict(batches: list[list[str]], queries: list[str]) -> None:
    vocabulary, expected = Vocabulary(), dict[str, int]()
    for texts in batches:
        for word, code in zip(
            find_words(texts).forms(lowercase=False), word_codes(vocabulary, texts, add=True), strict=True
        ):
            assert expected.setdefault(word, code) == code
    assert len(set(expected.values())) == len(expected)
    assert vocabulary.spell(np.array(list(expected.values()), dtype=np.int64)) == list(expected)
    assert all(code < vocabulary.codes for code in expected.values())
    for word, code in zip(
        find_words(queries).forms(lowercase=False), word_codes(vocabulary, queries, add=False), strict=True
    ):
        assert expected[word] == code if word in expected else code not in expected.values()


def test_words_with_common_beginnings_differ() -> None:
    texts = ["abcdefgh abcdefghabcdefgh abcdefghabcdefghabcdefgh abcdefg"]
    vocabulary = Vocabulary()
    found = word_codes(vocabulary, texts, add=True)
    assert vocabulary.spell(np.array(found)) == texts[0].split()
    assert word_codes(vocabulary, ["abcdefgha"], add=False) == [UNKNOWN]


def test_a_very_long_word_is_unknown() -> None:
    vocabulary = Vocabulary()
    longest, longer = "a" * LONGEST_WORD, "a" * (LONGEST_WORD + 1)
    found = word_codes(vocabulary, [f"{longest} {longer} {'b' * 1_000_000}"], add=True)
    assert found[0] != UNKNOWN
    assert found[1:] == [UNKNOWN, UNKNOWN]
    assert vocabulary.spell(np.array(found[:1])) == [longest]
    assert np.array_equal(word_codes(vocabulary, [longer], add=False), [UNKNOWN])
