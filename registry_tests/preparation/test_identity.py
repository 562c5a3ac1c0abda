"""Equal segmentations of a split have equal hashes."""

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


def identity(tokenizer: SpanTokenizer, *batches: Sequence[str]) -> str:
    found = SpanIdentity()
    for batch in batches:
        found.add(tokenizer(batch))
    return found.hexdigest()


def test_the_hash_does_not_depend_on_batches(bert: PreTrainedTokenizerFast) -> None:
    tokenizer = SpanTokenizer(bert, SingleWordSegmenter(), 40)
    assert identity(tokenizer, TEXTS) == identity(tokenizer, TEXTS[:1], TEXTS[1:])
    assert identity(tokenizer, TEXTS) != identity(tokenizer, TEXTS[1:], TEXTS[:1])


def test_same_spans_by_another_way(bert: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    source = Dataset.from_dict({"text": TEXTS, "label": [0, 1, 0], "idx": [0, 1, 2]})

    def prepared(segmenter: Segmenter, max_tokens: int = 40) -> str:
        given = prepare(source, tokenizer=bert, segmenter=segmenter, max_tokens=max_tokens, cache=tmp_path)
        return given.spans_sha256

    single = prepared(SingleWordSegmenter())
    assert prepared(FixedLengthSegmenter(words=1)) == single
    assert (
        len(
            {
                single,
                prepared(WholeTextSegmenter()),
                prepared(MultiSegmenter([SingleWordSegmenter(), SingleWordSegmenter()])),
                prepared(SingleWordSegmenter(), 5),
            }
        )
        == 4
    )
    assert prepared(SingleWordSegmenter()) == single, "from the cache"
