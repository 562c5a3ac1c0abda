"""Random spans: equality with a slow loop over Python integers, distributions of lengths, and splits."""

import hashlib
from collections import Counter
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.fixed import FixedLengthSegmenter
from spanreg.segmenters.random import RandomSegmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.words import find_words

TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "é"]), max_size=12).map(" ".join), max_size=5)
MASK_64_BITS = 2**64 - 1


def slow_number(text: str, seed: int, i: int) -> int:
    """Return number i of a text, computed as the class documents it."""
    key = hashlib.blake2b(f"{seed}\0{text}".encode(), digest_size=8).digest()
    state = (int.from_bytes(key, "little") + (i + 1) * 0x9E3779B97F4A7C15) & MASK_64_BITS
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64_BITS
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK_64_BITS
    return state ^ (state >> 31)


def lengths_of(begins: list[bool]) -> list[int]:
    """Return the lengths of the spans that begin at some words."""
    starts = [i for i, begin in enumerate(begins) if begin]
    return [end - start for start, end in zip(starts, [*starts[1:], len(begins)], strict=False)]


def begins_of(lengths: list[int]) -> list[bool]:
    """Return True for each word that begins a span, given the lengths of the spans."""
    return [i == 0 for length in lengths for i in range(length)]


@given(TEXTS, st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=100)
def test_matched_lengths_equal_a_slow_loop(texts: list[str], words: int, seed: int) -> None:
    expected = []
    for text in texts:
        lengths = lengths_of(FixedLengthSegmenter(words).begins(find_words([text])).tolist())
        order = sorted(range(len(lengths)), key=lambda i: slow_number(text, seed, i))
        expected += begins_of([lengths[i] for i in order])
    segmenter = RandomSegmenter(matched_to=FixedLengthSegmenter(words), seed=seed)
    assert segmenter.begins(find_words(texts)).tolist() == expected


@given(TEXTS, st.lists(st.integers(0, 3), max_size=3), st.integers(0, 3))
@settings(max_examples=100)
def test_drawn_lengths_equal_a_slow_loop(texts: list[str], weights: list[int], seed: int) -> None:
    weights = [*weights, 1]
    shares = [total / sum(weights) for total in accumulate(weights)]
    expected = []
    for text in texts:
        size, i = len(text.split()), 0
        while i < size:
            uniform = (slow_number(text, seed, i) >> 11) / 2**53
            length = min(next(n for n, share in enumerate(shares, start=1) if uniform < share), size - i)
            expected += begins_of([length])
            i += length
    assert RandomSegmenter(lengths=weights, seed=seed).begins(find_words(texts)).tolist() == expected


def test_each_text_keeps_its_lengths_and_the_seed_decides_their_order() -> None:
    words = find_words(
        ["one two three four five six seven eight nine ten"] * 2 + ["another text of seven words in all"]
    )
    lengths = lengths_of(FixedLengthSegmenter(3).begins(words).tolist())
    by_seed = [
        RandomSegmenter(matched_to=FixedLengthSegmenter(3), seed=seed).begins(words).tolist() for seed in range(20)
    ]
    assert all(Counter(lengths_of(begins)) == Counter(lengths) for begins in by_seed)
    assert all(begins[:10] == begins[10:20] for begins in by_seed)
    assert len({tuple(begins) for begins in by_seed}) > 5


def test_drawn_lengths_have_the_shares_of_their_weights() -> None:
    begins = RandomSegmenter(lengths=[2, 0, 1, 1]).begins(find_words(["a " * 40_000])).tolist()
    counts = Counter(lengths_of(begins)[:-1])  # the last span may be cut by the end of the text
    assert [counts[n] / counts.total() for n in (1, 3, 4)] == pytest.approx([0.5, 0.25, 0.25], abs=0.02)
    assert counts.keys() == {1, 3, 4}


def test_all_orders_are_equally_likely() -> None:
    """Count the orders of the lengths 2, 2 and 1, in which the short span is first, second or third."""
    words = find_words([f"w{i} b c d e" for i in range(4000)])
    begins = RandomSegmenter(matched_to=FixedLengthSegmenter(2)).begins(words).reshape(-1, 5)
    second_word, fourth_word = np.count_nonzero(begins[:, 1]), np.count_nonzero(~begins[:, 1] & begins[:, 3])
    # The standard deviation of each number is 30.
    assert [second_word, fourth_word] == pytest.approx([4000 / 3, 4000 / 3], abs=130)


def test_builds_from_a_config() -> None:
    words = find_words(["a b"])
    assert Segmenter.from_params({"type": "random", "lengths": [0, 1.5]}).begins(words).tolist() == [True, False]
    assert Segmenter.from_params({"type": "random", "matched_to": "single"}).begins(words).all()
    assert Segmenter.from_params({"type": "random", "dictionary": "empty"}).begins(words).all()


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "has no source of span lengths"),
        ({"lengths": [1], "matched_to": "single"}, "lengths: cannot be combined with matched_to"),
        ({"lengths": []}, "lengths: is []. give finite weights, none negative and one above 0"),
        ({"lengths": [1.0, -1.0]}, "lengths: is [1.0, -1.0]. give finite weights"),
        ({"lengths": [0, 0]}, "lengths: is [0, 0]. give finite weights"),
        ({"seed": -1, "lengths": [1]}, "at least 0"),
        ({"lengths": [1], "splits": ["train"]}, "splits: cannot be combined with lengths"),
        ({"matched_to": "single", "splits": []}, "splits: is []. give a list of at least 1"),
        ({"matched_to": "single", "splits": ["trian"], "data": "demo"}, "splits: the data have no split 'trian'. "),
        (
            {"matched_to": "single", "words": "whitespace"},
            "matched_to: has the word rule 'unicode', and the seg",
        ),
    ],
)
def test_invalid_configs_are_refused(config: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        segment_texts(Segmenter.from_params({"type": "random", **config}), ["a b"])
    assert problem in str(caught.value)


def test_segmentation_is_random_in_the_given_splits_only() -> None:
    config = {"type": "random", "matched_to": {"type": "fixed", "words": 2}, "splits": ["train"]}
    segmenter, everywhere = (Segmenter.from_params({**config, "splits": splits}) for splits in (["train"], None))
    matched = Segmenter.from_params(config["matched_to"])
    words = find_words([f"w{i} b c d e" for i in range(50)])
    assert (segmenter.for_split("train").begins(words) == everywhere.begins(words)).all()
    assert (segmenter.for_split("train").begins(words) != matched.begins(words)).any()
    for split in ("validation", "test", None):
        assert (segmenter.for_split(split).begins(words) == matched.begins(words)).all()
        assert segmenter.for_split(split).fingerprint() == matched.fingerprint()
        assert everywhere.for_split(split) is everywhere


def test_splits_are_passed_to_nested_segmenters() -> None:
    words = find_words([f"w{i} b c d e" for i in range(50)])
    random = {"type": "random", "matched_to": {"type": "fixed", "words": 2}, "splits": ["train"]}
    multi = Segmenter.from_params({"type": "multi", "segmenters": ["single", random]})
    train, other = (multi.for_split(split).layered_begins(words) for split in ("train", None))
    assert (train[0] == other[0]).all()
    assert (train[1] != other[1]).any()
