"""The vocabulary against a Python dict."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.unicode.words import find_words
from spanreg.text.vocabulary import LONGEST_WORD, UNKNOWN, Vocabulary

WORD = st.text("aéb漢'x", min_size=1, max_size=30) | st.integers(1, 90).map(lambda size: "ab" * size)
TEXTS = st.lists(st.lists(WORD, max_size=8).map(" ".join), max_size=5)


def codes(vocabulary: Vocabulary, texts: list[str], add: bool) -> list[int]:
    words = find_words(texts)
    look = vocabulary.intern if add else vocabulary.find
    return look(words.utf8, words.byte_starts, words.byte_ends).tolist()


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_equals_a_dict(batches: list[list[str]], asked: list[str]) -> None:
    vocabulary, plain = Vocabulary(), dict[str, int]()
    for texts in batches:
        for word, code in zip(
            find_words(texts).forms(lowercase=False), codes(vocabulary, texts, add=True), strict=True
        ):
            assert plain.setdefault(word, code) == code
    assert len(set(plain.values())) == len(plain)
    assert vocabulary.spell(np.array(list(plain.values()), dtype=np.int64)) == list(plain)
    assert all(code < vocabulary.codes for code in plain.values())
    for word, code in zip(find_words(asked).forms(lowercase=False), codes(vocabulary, asked, add=False), strict=True):
        assert plain[word] == code if word in plain else code not in plain.values()


def test_words_that_share_limbs() -> None:
    texts = ["abcdefgh abcdefghabcdefgh abcdefghabcdefghabcdefgh abcdefg"]
    vocabulary = Vocabulary()
    found = codes(vocabulary, texts, add=True)
    assert vocabulary.spell(np.array(found)) == texts[0].split()
    assert codes(vocabulary, ["abcdefgha"], add=False) == [UNKNOWN]


def test_a_very_long_word_is_unknown() -> None:
    vocabulary = Vocabulary()
    longest, longer = "a" * LONGEST_WORD, "a" * (LONGEST_WORD + 1)
    found = codes(vocabulary, [f"{longest} {longer} {'b' * 1_000_000}"], add=True)
    assert found[0] != UNKNOWN
    assert found[1:] == [UNKNOWN, UNKNOWN]
    assert vocabulary.spell(np.array(found[:1])) == [longest]
    assert np.array_equal(codes(vocabulary, [longer], add=False), [UNKNOWN])
