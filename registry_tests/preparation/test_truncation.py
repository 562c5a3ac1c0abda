"""Truncation by whole spans: equality with a loop over spans; each sentence of a pair has half of the budget."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from spanreg.preparation import SpanTokenizer, SpanTokens, prepare
from spanreg.preparation.truncation import SpanBudget
from spanreg.registry import ConfigurationError
from spanreg.segmenters.fixed import FixedLengthSegmenter
from spanreg.segmenters.multi import MultiSegmenter
from spanreg.segmenters.single import SingleWordSegmenter

WORDS = st.sampled_from(["old", "man", "kicked", "uncharacteristically", "the", "bucket", "é", "."])
TEXT = st.lists(WORDS, max_size=20).map(" ".join)
SEGMENTER = FixedLengthSegmenter(2)


def tokens_of_texts(span_tokens: SpanTokens) -> list[list[tuple[int, int, int]]]:
    """Return the tokens of each text: id, sentence and span."""
    columns = (span_tokens.input_ids.tolist(), span_tokens.sentences.tolist(), span_tokens.span_ids[0].tolist())
    tokens = list(zip(*columns, strict=True))
    bounds = span_tokens.bounds.tolist()
    return [tokens[first:last] for first, last in pairwise(bounds)]


def slow_kept_tokens(tokens: list[tuple[int, int, int]], most_tokens: int, most_spans: int) -> list[tuple[int, int]]:
    """Return the tokens of one text that are kept: id and sentence."""
    kept: list[tuple[int, int]] = []
    used: dict[int, tuple[int, int, bool]] = {}
    for (sentence, _), group in groupby(tokens, lambda token: token[1:]):
        span = [token[:2] for token in group]
        pieces, spans, full = used.get(sentence, (0, 0, False))
        full = full or pieces + len(span) > most_tokens or spans + 1 > most_spans
        used[sentence] = (pieces + len(span), spans + 1, full)
        if sentence < 0 or not full:
            kept += span
    return kept


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), st.booleans(), st.integers(12, 40), st.integers(8, 24))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equals_a_slow_loop(
    bert: PreTrainedTokenizerFast, texts: list[tuple[str, str]], pair: bool, max_tokens: int, max_spans: int
) -> None:
    firsts, seconds = [first for first, _ in texts], [second for _, second in texts] if pair else None
    whole = SpanTokenizer(bert, SEGMENTER, 500)(firsts, seconds)
    truncated_tokens = SpanTokenizer(bert, SEGMENTER, max_tokens, SpanBudget(max_tokens, max_spans))(firsts, seconds)
    # As in the released code: half for each sentence of a pair, minus 5 tokens or 3 spans; a text has 2 special tokens.
    limits = (max_tokens // 2 - 5, max_spans // 2 - 3) if pair else (max_tokens - 2, max_spans - 2)
    for before, after, truncated in zip(
        tokens_of_texts(whole), tokens_of_texts(truncated_tokens), truncated_tokens.truncated.tolist(), strict=True
    ):
        assert [token[:2] for token in after] == slow_kept_tokens(before, *limits)
        assert truncated == (len(after) < len(before))
        assert len(after) <= max_tokens
        spans = [span for _, _, span in after]
        assert spans[0] == 0
        assert max(spans) < max_spans
        assert all(step in (0, 1) for step in (b - a for a, b in pairwise(spans)))


def test_tokens_may_be_limited_alone(bert: PreTrainedTokenizerFast) -> None:
    truncated_tokens = SpanTokenizer(bert, SingleWordSegmenter(), 30, SpanBudget(30))(["old " * 40], ["man"])
    assert [len(list(group)) for _, group in groupby(truncated_tokens.sentences.tolist())] == [1, 10, 1, 1, 1]


def test_the_first_of_several_segmentations_decides(bert: PreTrainedTokenizerFast) -> None:
    budget = SpanBudget(30, 10)
    single = SpanTokenizer(bert, SEGMENTER, 30, budget)(["old man " * 20])
    several = SpanTokenizer(bert, MultiSegmenter([SEGMENTER, SingleWordSegmenter()]), 30, budget)(["old man " * 20])
    assert several.input_ids.tolist() == single.input_ids.tolist()
    assert several.span_ids[0].tolist() == single.span_ids[0].tolist()
    assert several.span_ids[1].tolist() == list(range(len(single.input_ids)))


def test_the_key_of_prepared_data_covers_the_budget(bert: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    source = Dataset.from_dict({"text": ["old man " * 20], "pair": ["man"], "label": [0], "idx": [0]})
    settings: dict[str, Any] = {"tokenizer": bert, "segmenter": SEGMENTER, "max_tokens": 30, "cache": tmp_path}
    plain, truncated, fewer = (
        prepare(source, **settings, budget=budget) for budget in (None, SpanBudget(30), SpanBudget(30, 10))
    )
    assert len({plain.key, truncated.key, fewer.key}) == 3
    assert [len(split.dataset["input_ids"][0]) for split in (plain, truncated, fewer)] == [30, 14, 8]
    assert truncated.statistics.truncated == 1


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (
            (11, 64),
            "max_tokens: max_tokens is 11, which leaves no room for the sentences of a pair. it must be at least 12",
        ),
        ((64, 7), "max_spans: max_spans is 7, which leaves no room for the sentences of a pair. it must be at least 8"),
    ],
)
def test_limits_without_room_for_a_pair_are_refused(limits: tuple[int, int], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SpanBudget(*limits)
    assert str(caught.value) == problem
