"""The filtered dictionary: equality with a loop over the entries, configs, and refused conditions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.filtered import FilteredDictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.tables.function_words import FUNCTION_WORDS
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import Scorer

LINES = "the cat of the house . new york is big . in new york the cat of new york . of the big house\n" * 2


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> NgramDictionary:
    """Return a dictionary with three scores."""
    path = tmp_path_factory.mktemp("filtered") / "corpus.txt"
    path.write_text(LINES, encoding="utf-8")
    scores = [Scorer.from_params(name) for name in ("pmi", "accessor_variety", "branching_entropy")]
    return NgramDictionary(str(path), min_count=2, max_n=4, scores=scores)


def slow_filter(rows: list[dict[str, Any]], **conditions: Any) -> list[dict[str, Any]]:
    """Return the entries that meet the conditions, condition by condition."""
    kept = [
        row
        for row in rows
        if conditions.get("min_n", 2) <= row["n"] <= (conditions.get("max_n") or 99)
        and all(row[name] >= lowest for name, lowest in (conditions.get("at_least") or {}).items())
        and (conditions.get("keep_function_words", True) or not set(row["ngram"].split()) <= FUNCTION_WORDS)
        and re.fullmatch(conditions.get("pattern") or ".*", row["ngram"])
    ]
    kept.sort(key=lambda row: (-row[conditions.get("by", "count")], -row["count"], row["ngram"]))
    top = conditions.get("top_per_n") or 10**6
    return [row for n in range(2, 6) for row in [row for row in kept if row["n"] == n][:top]]


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "min_n": st.integers(2, 3),
        "max_n": st.integers(3, 4),
        "at_least": st.fixed_dictionaries({}, optional={"pmi": st.floats(0, 0.8), "count": st.integers(1, 5)}),
        "top_per_n": st.integers(1, 5),
        "by": st.sampled_from(["count", "pmi", "accessor_variety", "branching_entropy"]),
        "keep_function_words": st.booleans(),
        "pattern": st.sampled_from([".*york.*", "[a-z ]+", "the|the .*"]),
    },
)


@given(conditions=CONDITIONS)
@settings(max_examples=150)
def test_equals_a_slow_loop(sampled: NgramDictionary, conditions: dict[str, Any]) -> None:
    expected = slow_filter(sampled.table().to_pylist(), **conditions)
    if not expected:
        with pytest.raises(ConfigurationError, match="meets the conditions"):
            FilteredDictionary(sampled, **conditions).table()
        return
    rows = FilteredDictionary(sampled, **conditions).table().to_pylist()
    assert rows == [row for row in sampled.table().to_pylist() if row in expected], (
        "the order of the dictionary is kept"
    )


def test_builds_from_a_config(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text(LINES, encoding="utf-8")
    inner = {"type": "ngram", "corpus": str(tmp_path / "corpus.txt"), "min_count": 2, "scores": ["pmi"]}
    config = {"type": "filtered", "dictionary": inner, "at_least": {"pmi": 0.7}, "max_n": 2}
    dictionary = SpanDictionary.from_params(config)
    assert "new york" in dictionary.table()["ngram"].to_pylist()
    assert dictionary.fingerprint() != SpanDictionary.from_params(inner).fingerprint()


def test_function_words_are_recognized_with_any_apostrophe(tmp_path: Path) -> None:
    phrases = ["it's a", "it’s a", "It’s The", "Don’t mention", "of the"]
    (tmp_path / "list.txt").write_text("\n".join(phrases), encoding="utf-8")
    listed = FileDictionary(str(tmp_path / "list.txt"), lowercase=False)
    assert listed.table().num_rows == 4, "two spellings are one entry"
    kept = FilteredDictionary(listed, keep_function_words=False).table()["ngram"].to_pylist()
    assert kept == ["Don’t mention"]
    (tmp_path / "corpus.txt").write_text("\n".join(phrases), encoding="utf-8")
    sampled = NgramDictionary(str(tmp_path / "corpus.txt"), min_count=1, keep_function_words=False)
    assert sampled.table()["ngram"].to_pylist() == ["don’t mention"]


WRONG_CONDITIONS = {
    "min_n: min_n 4 exceeds max_n 3. give a min_n of 3 or less": {"min_n": 4, "max_n": 3},
    "by: the dictionary has no score 'pim'. did you mean 'pmi'? columns: count, ": {"by": "pim"},
    "at_least.documents: the dictionary has no score 'documents'. columns: count, pmi": {"at_least": {"documents": 1}},
    "pattern: '(' is not a regular expression of RE2: ": {"pattern": "("},
    "none of the 33 n-grams of the dictionary meets the conditions. relax at_least or keep_function_words": {
        "at_least": {"count": 99},
        "keep_function_words": False,
    },
}


@pytest.mark.parametrize("message", WRONG_CONDITIONS)
def test_wrong_conditions_are_refused(sampled: NgramDictionary, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FilteredDictionary(sampled, **WRONG_CONDITIONS[message]).table()
    assert str(caught.value).startswith(message)


def test_a_filtered_empty_dictionary_is_empty() -> None:
    empty = SpanDictionary.from_params("empty")
    assert FilteredDictionary(empty, top_per_n=3, keep_function_words=False, pattern="x").table().num_rows == 0
