"""Hashes of the spans of a split: equal for equal segmentations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset
from transformers import PreTrainedTokenizerFast

from spanreg.preparation import SpanTokenizer, prepare
from spanreg.preparation.identity import SpanIdentity
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.fixed import FixedLengthSegmenter
from spanreg.segmenters.multi import MultiSegmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.segmenters.whole import WholeTextSegmenter

TEXTS = ["The old man kicked the bucket.", "A café in São Paulo", "the old man"]


def hash_of_spans(tokenizer: SpanTokenizer, *batches: Sequence[str]) -> str:
    """Return the hash of the spans of some batches in their order."""
    identity = SpanIdentity()
    for batch in batches:
        identity.add(tokenizer(batch))
    return identity.hexdigest()


def test_the_hash_does_not_depend_on_batches(bert: PreTrainedTokenizerFast) -> None:
    tokenizer = SpanTokenizer(bert, SingleWordSegmenter(), 40)
    assert hash_of_spans(tokenizer, TEXTS) == hash_of_spans(tokenizer, TEXTS[:1], TEXTS[1:])
    assert hash_of_spans(tokenizer, TEXTS) != hash_of_spans(tokenizer, TEXTS[1:], TEXTS[:1])


def test_equal_spans_of_different_segmenters_have_equal_hashes(bert: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    source = Dataset.from_dict({"text": TEXTS, "label": [0, 1, 0], "idx": [0, 1, 2]})

    def prepared_hash(segmenter: Segmenter, max_tokens: int = 40) -> str:
        split = prepare(source, tokenizer=bert, segmenter=segmenter, max_tokens=max_tokens, cache=tmp_path)
        return split.spans_sha256

    single = prepared_hash(SingleWordSegmenter())
    assert prepared_hash(FixedLengthSegmenter(words=1)) == single
    others = [
        prepared_hash(WholeTextSegmenter()),
        prepared_hash(MultiSegmenter([SingleWordSegmenter(), SingleWordSegmenter()])),
        prepared_hash(SingleWordSegmenter(), max_tokens=5),
    ]
    assert len({single, *others}) == 4
    assert prepared_hash(SingleWordSegmenter()) == single, "the hash is read from the cache"
