"""Sampling of n-grams equals ``collections.Counter`` for any division into blocks and any memory budget."""

import errno
import string
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.reading import READING, SamplingProgress
from spanreg.dictionaries.sampling.streams import IdStream
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import NgramSample
from spanreg.text.files.blocks import file_blocks
from spanreg.text.unicode.characters import is_boundary
from spanreg.text.unicode.words import find_words
from spanreg.words.unicode_words import UnicodeWords
from spanreg.words.white_space_words import WhiteSpaceWords

# A vocabulary stores words in parts of eight bytes, and replaces zero bytes.
WORDS = st.sampled_from(
    [*"aaabbbcdé漢", "A", ",", ".", "extraordinarily", "don't", "a\0", "b,", "(a", "()", ",-", "--"]
)
LINES = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=8)
RULES = st.sampled_from([UnicodeWords(), WhiteSpaceWords()])
OPTIONS = st.builds(WordOptions, RULES, st.booleans(), st.sampled_from(["boundary", "drop", "keep"]))


def slow_words(line: str, options: WordOptions) -> list[str]:
    """Return the words of a line unchanged."""
    return line.split() if options.rule.name == "whitespace" else find_words([line]).of(0)


def is_excluded(word: str, options: WordOptions) -> bool:
    """Return True if no n-gram may contain a word."""
    by_rule = {"boundary": is_boundary(ord(word[0])), "drop": word in string.punctuation, "keep": False}
    return by_rule[options.punctuation]


def slow_counts(lines: list[str], max_n: int, min_count: int, options: WordOptions) -> dict[str, int]:
    """Return the count of each frequent n-gram, line by line."""
    counts: Counter[str] = Counter()
    for line in lines:
        words = slow_words(line, options)
        for n in range(2, max_n + 1):
            for ngram in (words[i : i + n] for i in range(len(words) - n + 1)):
                if not any(is_excluded(word, options) for word in ngram):
                    counts[" ".join(ngram).lower() if options.lowercase else " ".join(ngram)] += 1
    return {ngram: count for ngram, count in counts.items() if count >= min_count}


def counts_of_sample(sample: NgramSample) -> dict[str, int]:
    """Return the count of each n-gram of a sample, and check that no n-gram occurs twice."""
    counts: dict[str, int] = {}
    for level in sample.levels:
        for row, count in zip(level.words.tolist(), level.counts.tolist(), strict=True):
            ngram = " ".join(sample.words[word] for word in row)
            assert ngram not in counts
            counts[ngram] = count
    return counts


def to_block(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def test_sampling_stops_at_the_longest_frequent_ngram() -> None:
    lines = ["a b c a b c", "c a b"]
    passes: list[str] = []
    sample = sample_ngrams([to_block(lines)], max_n=1000, min_count=2, report=lambda step: passes.append(step.stage))
    assert counts_of_sample(sample) == slow_counts(lines, 6, 2, WordOptions())
    assert "4-grams" in passes
    assert "6-grams" not in passes


@given(LINES, st.integers(2, 5), st.integers(1, 4), OPTIONS)
@settings(max_examples=120)
def test_counts_equal_a_counter(lines: list[str], max_n: int, min_count: int, options: WordOptions) -> None:
    sample = sample_ngrams([to_block(lines)], max_n=max_n, min_count=min_count, options=options)
    assert counts_of_sample(sample) == slow_counts(lines, max_n, min_count, options)
    assert sample.total_words == sum(len(slow_words(line, options)) for line in lines)


def slow_coverage(lines: list[str], counts: dict[str, int]) -> int:
    """Return the number of words that are part of a counted n-gram of two words."""
    covered = 0
    for line in lines:
        words = find_words([line])
        ends, forms = words.boundaries().tolist(), words.forms()
        pairs = [not (ends[i] or ends[i + 1]) and f"{forms[i]} {forms[i + 1]}" in counts for i in range(len(forms) - 1)]
        covered += sum(before or after for before, after in pairwise([False, *pairs, False]))
    return covered


@given(LINES, st.integers(1, 4), st.booleans())
@settings(max_examples=100)
def test_covered_words_equal_a_slow_loop(lines: list[str], min_count: int, count_documents: bool) -> None:
    needs = {"documents"} if count_documents else set()
    sample = sample_ngrams([to_block(lines)], max_n=3, min_count=min_count, needs=needs)
    assert sample.covered_words == slow_coverage(lines, slow_counts(lines, 3, min_count, WordOptions()))


@given(LINES, st.lists(st.integers(0, 8), max_size=4), st.integers(1, 9), st.sampled_from([1, 3]))
@settings(max_examples=100)
def test_shards_spilling_and_threads_change_nothing(lines: list[str], cuts: list[int], budget: int, jobs: int) -> None:
    at_once = sample_ngrams([to_block(lines)], max_n=4, min_count=2)
    bounds = [0, *sorted(cuts), len(lines)]
    shards = [to_block(lines[a:b]) for a, b in pairwise(bounds)]
    in_shards = sample_ngrams(shards, max_n=4, min_count=2, budget=budget, jobs=jobs)
    assert counts_of_sample(in_shards) == counts_of_sample(at_once)


def test_a_block_may_end_within_a_line() -> None:
    blocks = [b"one two ", b"three\n", b"one two three\n"]
    sample = sample_ngrams(blocks, max_n=3, min_count=2)
    assert counts_of_sample(sample) == {"one two": 2, "two three": 2, "one two three": 2}


def test_a_larger_corpus_is_counted_exactly_on_disk() -> None:
    lines = [" ".join(str(i * j % 101) for j in range(1, 30)) for i in range(400)]
    sample = sample_ngrams([to_block(lines)], max_n=5, min_count=5, budget=700)
    assert counts_of_sample(sample) == slow_counts(lines, 5, 5, WordOptions())


def test_progress_is_reported() -> None:
    steps: list[SamplingProgress] = []

    def blocks() -> Iterator[bytes]:
        yield b"a b c\n"
        yield b"a b c\n"

    sample_ngrams(blocks(), max_n=3, min_count=2, report=steps.append)
    assert [step for step in steps if step.stage == READING] == [
        SamplingProgress(READING, 3, 0.0),
        SamplingProgress(READING, 6, 0.0),
    ]
    assert list(dict.fromkeys(step.stage for step in steps)) == [READING, "2-grams", "3-grams"]


def test_a_full_disk_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def raise_disk_full(self: IdStream, ids: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IdStream, "append", raise_disk_full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"no space left for sampling in .* environment variable TMPDIR"):
        sample_ngrams([b"a b\n"], max_n=2, min_count=1)
    assert list(tmp_path.iterdir()) == []


def test_a_real_corpus_equals_a_slow_loop(corpus_dir: Path) -> None:
    pytest.importorskip("zstandard")
    [block] = islice(file_blocks(corpus_dir / "wikitext-2" / "valid.txt.zst"), 1)
    sample = sample_ngrams([block], max_n=5, min_count=10, budget=50_000)
    assert counts_of_sample(sample) == slow_counts(block.decode().split("\n"), 5, 10, WordOptions())
