"""The sampled dictionary: its parameters, equality with a Counter, the cache, and refused parameters."""

import gzip
import os
import string
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import Scorer
from spanreg.scorers.count import CountScorer
from spanreg.scorers.pmi import PmiScorer
from spanreg.words.white_space_words import WhiteSpaceWords

LINES = ["the cat of the house.", "The cat of The street", "a cat, of the house", "naïve cat of the house"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a file of four lines."""
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test an empty cache."""
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))


def counts_of_table(table: pa.Table) -> dict[str, int]:
    """Return the count of each n-gram of a table."""
    return dict(zip(table["ngram"].to_pylist(), table["count"].to_pylist(), strict=True))


def test_builds_from_a_config(corpus: Path) -> None:
    config = {"type": "ngram", "corpus": str(corpus), "max_n": 3, "min_count": 3}
    dictionary = SpanDictionary.from_params(config)
    counts = counts_of_table(dictionary.table())
    assert counts == {"of the": 4, "cat of": 3, "of the house": 3, "the house": 3, "cat of the": 3}
    assert next(iter(counts)) == "of the", "the most frequent n-gram comes first"


def test_lengths_case_size_and_function_words_are_configurable(corpus: Path) -> None:
    def sampled(**parameters) -> dict[str, int]:
        return counts_of_table(NgramDictionary(str(corpus), **{"min_count": 2, **parameters}).table())

    assert set(sampled(min_n=4)) == {"the cat of the", "cat of the house"}
    assert set(sampled(max_n=2, lowercase=False)) == {"cat of", "of the", "the house"}
    assert sampled(max_size=2) == {"of the": 4, "cat of": 3}
    assert set(sampled()) - set(sampled(keep_function_words=False)) == {"of the"}


def test_case_punctuation_and_word_rule_are_configurable(corpus: Path) -> None:
    def sampled(**parameters) -> dict[str, int]:
        return counts_of_table(NgramDictionary(str(corpus), **{"min_count": 2, "max_n": 2, **parameters}).table())

    assert sampled(lowercase="before") == sampled(lowercase=True) == sampled()
    assert sampled(lowercase="after") == sampled(lowercase=False) == {"of the": 3, "cat of": 3, "the house": 3}
    assert sampled(punctuation="keep", min_count=1).keys() - sampled(min_count=1).keys() >= {"cat ,", "house ."}
    whitespace = {"words": WhiteSpaceWords()}
    assert sampled(**whitespace) == {"of the": 4, "cat of": 3, "the cat": 2, "the house": 2}


SLOW_WORDS = st.sampled_from(["The", "the", "THE", "cat", "Cat", "cat,", "(a", "--", "()", ",", "é", "É"])
SLOW_LINES = st.lists(st.lists(SLOW_WORDS, max_size=10).map(" ".join), max_size=10)


def slow_released_counts(lines: list[str], min_count: int) -> dict[str, int]:
    """Return the counts of the released code: threshold, then lower case, then sums, without n-grams of punctuation."""
    counts: Counter[str] = Counter()
    for line in lines:
        words = line.split()
        for n in range(2, 6):
            ngrams = [words[i : i + n] for i in range(len(words) - n + 1)]
            counts.update(" ".join(ngram) for ngram in ngrams if not any(word in string.punctuation for word in ngram))
    lowercased: Counter[str] = Counter()
    for ngram, count in counts.items():
        if count >= min_count:
            lowercased[ngram.lower()] += count
    return dict(lowercased)


@given(SLOW_LINES, st.integers(1, 3), st.sampled_from([1, 3]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_released_options_equal_a_counter(tmp_path: Path, lines: list[str], min_count: int, jobs: int) -> None:
    for shard in range(2):
        (tmp_path / f"{shard}.txt").write_text("\n".join(lines[shard::2]), encoding="utf-8")
    released = {"words": "whitespace", "lowercase": "after", "punctuation": "drop"}
    config = {"type": "ngram", "corpus": str(tmp_path / "?.txt"), "min_count": min_count, "jobs": jobs, **released}
    expected = slow_released_counts(lines, min_count)
    if expected:
        assert counts_of_table(SpanDictionary.from_params(config).new_sample()) == expected
    else:
        with pytest.raises(ConfigurationError):
            SpanDictionary.from_params(config).new_sample()


def test_word_options_are_part_of_the_cache_key(corpus: Path) -> None:
    variants = [{}, {"lowercase": "after"}, {"punctuation": "drop"}, {"punctuation": "keep"}, {"words": "whitespace"}]
    tables = [
        SpanDictionary.from_params({"type": "ngram", "corpus": str(corpus), "min_count": 2, **options}).table()
        for options in variants
    ]
    assert len(list(Path(os.environ["SPANREG_CACHE"]).rglob("*.parquet"))) == len(variants)
    metadata = [about_dictionary(table) for table in tables]
    assert [about["words"] for about in metadata] == ["unicode"] * 4 + ["whitespace"]
    assert [about["lowercase"] for about in metadata] == [True] * 5
    assert metadata[1]["origin"]["parameters"]["lowercase"] == "after"
    assert metadata[2]["origin"]["parameters"]["punctuation"] == "drop"


def test_scores_become_columns(corpus: Path) -> None:
    config = {"type": "ngram", "corpus": str(corpus), "min_count": 2, "max_n": 3, "scores": ["pmi", "count"]}
    scored = SpanDictionary.from_params({**config, "min_n": 3, "scores": ["pmi", {"type": "document_frequency"}]})
    table = scored.table()
    assert table.schema.names == ["ngram", "n", "count", "pmi", "document_frequency"]
    rows = {row["ngram"]: row for row in table.to_pylist()}
    assert rows["of the house"]["document_frequency"] == 3
    assert 0 < rows["of the house"]["pmi"] < 1, "computed from shorter n-grams, which min_n omits"
    assert about_dictionary(table)["origin"]["parameters"]["scores"] == ["pmi", "document_frequency"]
    assert SpanDictionary.from_params(config).table().schema.names == ["ngram", "n", "count", "pmi"]
    assert NgramDictionary(str(corpus), min_count=2, max_n=3).table().schema.names == ["ngram", "n", "count"]


def test_the_metadata_state_corpus_and_parameters(corpus: Path) -> None:
    about = about_dictionary(NgramDictionary(str(corpus), min_count=2).table())
    assert about["word_rule"] == "words-1"
    assert about["lowercase"] is True
    assert about["origin"]["corpus"] == [{"file": "corpus.txt", "sha256": storage.hash_file(corpus)}]
    assert about["origin"]["parameters"]["min_count"] == 2
    assert about["origin"]["words"] == 22


def test_shards_globs_and_compression_change_nothing(corpus: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards" / "deep"
    shards.mkdir(parents=True)
    for i, line in enumerate(LINES):
        (shards / f"{i}.txt.gz").write_bytes(gzip.compress(line.encode()))
    uncompressed = NgramDictionary(str(corpus), min_count=2)
    patterns = [str(tmp_path / "shards/**/*.gz"), str(shards / "0.txt.gz")]
    assert NgramDictionary(patterns, min_count=2).fingerprint() == uncompressed.fingerprint()


def test_threads_change_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    for file in range(5):
        lines = [" ".join(f"w{word}" for word in random.zipf(1.5, 20) % 500) for _ in range(200)]
        (tmp_path / f"{file}.txt").write_text("\n".join(lines), encoding="utf-8")
    scores = [Scorer.from_params(name) for name in ("pmi", "branching_entropy", "document_frequency")]
    one_thread, four_threads = (
        NgramDictionary(f"{tmp_path}/*.txt", min_count=3, scores=scores, jobs=jobs).new_sample() for jobs in (1, 4)
    )
    assert four_threads.equals(one_thread, check_metadata=True)


def test_the_cache_is_keyed_by_content(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = NgramDictionary(str(corpus), min_count=2).table()
    # Sampling again would call None.
    monkeypatch.setattr(NgramDictionary, "_sample", None)
    moved = corpus.rename(tmp_path / "moved.txt")
    assert NgramDictionary(str(moved), min_count=2).table().equals(table, check_metadata=True)
    moved.write_text("something else", encoding="utf-8")
    with pytest.raises(TypeError):
        NgramDictionary(str(moved), min_count=2).table()


def test_a_damaged_cache_is_sampled_again(corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = NgramDictionary(str(corpus), min_count=2).table()
    [cached] = (tmp_path / "cache" / "dictionaries").glob("*.parquet")
    cached.write_bytes(b"damaged")
    assert NgramDictionary(str(corpus), min_count=2).table().equals(table)
    assert "sampled again" in caplog.text
    assert cached.stat().st_size > 100


WRONG_PARAMETERS = {
    "min_n: min_n 4 exceeds max_n 3. give a min_n of 3 or less, or a greater max_n": {"min_n": 4, "max_n": 3},
    "corpus: file 'none.txt' does not exist. relative paths start at ": {"corpus": "none.txt"},
    "corpus: 'none/*.txt' matches no file. relative paths start at ": {"corpus": ["none/*.txt"]},
    "corpus: '.' is a folder. name its files: './*.txt'": {"corpus": "."},
    "corpus: names no file. give a path, a glob or a list of them": {"corpus": []},
    "min_count: no n-gram of 2 to 5 words occurs at least 99 times in the corpus of 22 words. lower min_count": {
        "min_count": 99
    },
    "corpus: the corpus has no words. give files with text": {"corpus": "empty.txt"},
    "scores: 'count' is named twice. name each scorer once": {"scores": [CountScorer(), CountScorer()]},
    "scores: the scores 'pmi' of case variants cannot be added, as counts can. remove it, or set lowercase": {
        "scores": [PmiScorer()],
        "lowercase": "after",
    },
    "latin.txt: line 2 is not UTF-8: byte 0xe9 at byte offset 5. convert the file to UTF-8": {"corpus": "latin.txt"},
}


@pytest.mark.parametrize("message", WRONG_PARAMETERS)
def test_wrong_parameters_are_refused(corpus: Path, monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    monkeypatch.chdir(corpus.parent)
    Path("empty.txt").write_text(" \n\n", encoding="utf-8")
    Path("latin.txt").write_bytes(b"ok\nca\xe9\n")
    parameters = {"corpus": "corpus.txt"} | WRONG_PARAMETERS[message]
    with pytest.raises(ConfigurationError) as caught:
        NgramDictionary(**parameters).table()
    assert message in str(caught.value)
    assert not list(Path("cache").rglob("*.parquet"))


def test_a_cached_dictionary_is_read_without_a_lock(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = NgramDictionary(str(corpus), min_count=2).table()

    def raise_error(*arguments: Any, **more: Any) -> Any:
        raise AssertionError("a lock was taken")

    monkeypatch.setattr(storage, "locked", raise_error)
    assert NgramDictionary(str(corpus), min_count=2).table().equals(table)
