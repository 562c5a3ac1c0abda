"""Read sentences to cached token ids and span ids."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from spanreg.dictionaries.base import SpanDictionary
from spanreg.preparation.statistics import SpanStatistics
from spanreg.segmenters.base import Segmenter


@dataclass(frozen=True, slots=True)
class Prepared:
    """A split ready for the model."""

    dataset: Dataset
    """Columns ``input_ids``, ``token_type_ids`` (where the tokenizer gives them), ``span_ids`` (lists of int32 and int8),
    ``length`` (int32), ``labels`` (int64 or float32) and ``idx`` (int64); rows in the order of the source."""
    statistics: SpanStatistics
    "What the segmentation looks like on this split."
    labelled: bool
    "Whether every example has a gold label (none is -1)."
    key: str
    "Hash of all that the result depends on; the name of the cache entry."
    data_fingerprint: str
    "Hash of the source's content."


def prepare(
    dataset: Dataset,
    *,
    tokenizer: PreTrainedTokenizerBase,
    segmenter: Segmenter,
    max_tokens: int,
    dictionary: SpanDictionary | None = None,
    cache: Path | None = None,
) -> Prepared:
    """Tokens and spans of every example, from the cache where the same was prepared before.

    Args:
        dataset: what a ``DatasetReader`` gives: ``text``, maybe ``pair``, ``label`` and ``idx``.
        tokenizer: the encoder's, a fast one.
        segmenter: cuts the sentences into spans.
        max_tokens: longest sequence, special tokens included; the caller holds it against the encoder's positions.
        dictionary: what ``dictionary_coverage`` is measured against; changes nothing else.
        cache: folder of the cache; default: ``storage.cache_folder("prepared")``.

    Raises:
        ConfigurationError: a slow tokenizer, no room for a token beside the special ones, or a full or read-only cache.
    """
    raise NotImplementedError
