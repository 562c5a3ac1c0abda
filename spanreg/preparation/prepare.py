"""Read sentences to cached token ids and span ids."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tokenizers
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from spanreg import storage
from spanreg.data.reading.fingerprint import content_fingerprint
from spanreg.dictionaries.base import SpanDictionary
from spanreg.preparation.alignment import SpanTokenizer, SpanTokens
from spanreg.preparation.batches import batches, texts_of
from spanreg.preparation.entry import Entry, read_entry, write_entry
from spanreg.preparation.gold_tokens import POSITIONS, gold_columns
from spanreg.preparation.identity import SpanIdentity
from spanreg.preparation.statistics import SpanCounts, SpanStatistics
from spanreg.preparation.truncation import SpanBudget
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter

logger = logging.getLogger(__name__)

_SOURCES = ("preparation", "text", "words", "segmenters")
"The parts of this package that decide what comes out; a change in them leaves older cache entries aside."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A split ready for the model."""

    dataset: Dataset
    """Rows as in the source, in the columns ``input_ids`` and ``span_ids`` (lists of int32), ``token_type_ids`` (lists
    of int8, where the model takes them), ``length`` (int32), ``labels`` (as the source has them) and ``idx`` (int64).
    Where there are several segmentations, those after the first are in ``span_ids_1``, ``span_ids_2`` and so on. Where
    tokens are labelled, there are also ``words`` (lists of strings, the gold tokens) and ``positions`` (lists of int32:
    the place of each gold token's first piece in ``input_ids``, -1 for one that has none)."""
    layers: tuple[SpanStatistics, ...]
    "What each segmentation looks like on this split; of most segmenters there is one."
    labelled: bool
    "Whether every example has a gold label."
    key: str
    "Hash of all that the result depends on; the name of the cache entry."
    data_fingerprint: str
    "Hash of the source's content."
    lost: int = 0
    "Gold tokens with labels of which the encoder sees nothing, because of truncation or its tokenizer's normaliser."

    spans_sha256: str = ""
    "Hash of the span ids alone: two segmentations with the same one cut this split alike."

    @property
    def statistics(self) -> SpanStatistics:
        """What the segmentation, or the first of several, looks like on this split."""
        return self.layers[0]


def prepare(
    dataset: Dataset,
    *,
    tokenizer: PreTrainedTokenizerBase,
    segmenter: Segmenter,
    max_tokens: int,
    budget: SpanBudget | None = None,
    dictionary: SpanDictionary | None = None,
    cache: Path | None = None,
) -> Prepared:
    """Tokens and spans of every example, from the cache where the same was prepared before.

    Two processes that prepare the same at once do the work once. A damaged entry is made again.

    Args:
        dataset: what a ``DatasetReader`` gives: ``text``, maybe ``pair``, ``label`` and ``idx``.
        tokenizer: the encoder's, a fast one.
        segmenter: cuts the sentences into spans.
        max_tokens: longest sequence, special tokens included; the caller holds it against the encoder's positions.
        budget: truncates by whole spans in place of the longer sentence's tokens.
        dictionary: what ``dictionary_coverage`` is measured against; changes nothing else.
        cache: folder of the cache; default: ``storage.cache_folder("prepared")``.

    Raises:
        ConfigurationError: a slow tokenizer, no room for a token beside the special ones, no examples, an example
            without tokens, or a full or read-only cache.
    """
    if not len(dataset):
        raise ConfigurationError("there are no examples to prepare", hint="give data with at least one row")
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, max_tokens, budget)
    parts = _parts(dataset, span_tokenizer, dictionary)
    key = storage.hash_json(parts)
    folder = (cache or storage.cache_folder("prepared")) / key
    entry = read_entry(folder)
    if entry is None:
        with storage.locked(folder.with_name(f"{key}.lock")):
            entry = read_entry(folder) or _make(dataset, span_tokenizer, dictionary, folder)
    layers = tuple(map(SpanStatistics.from_json, entry.facts["layers"]))
    if layers[0].truncated:
        logger.warning("%d of %d examples were cut to %d tokens", layers[0].truncated, len(dataset), max_tokens)
    lost = entry.facts["lost"]
    if lost:
        logger.warning("%d labelled tokens have no token of the encoder, and count as wrong", lost)
    facts = entry.facts
    return Prepared(entry.dataset, layers, facts["labelled"], key, parts["data"], lost, facts["spans_sha256"])


def _parts(dataset: Dataset, tokenizer: SpanTokenizer, dictionary: SpanDictionary | None) -> dict[str, Any]:
    """All that the result depends on; ``datasets`` would hash pickles, which differ for equal objects."""
    return {
        "code": storage.hash_sources(*_SOURCES),
        "tokenizers": tokenizers.__version__,
        "words": tokenizer.segmenter.word_rule.version,
        "data": content_fingerprint(dataset),
        "tokenizer": tokenizer.tokenizer.fingerprint(),  # covers max_tokens
        "truncation": None if tokenizer.budget is None else asdict(tokenizer.budget),
        "segmenter": tokenizer.segmenter.fingerprint(),
        "coverage": None if dictionary is None else dictionary.fingerprint(),
    }


def _make(dataset: Dataset, tokenizer: SpanTokenizer, dictionary: SpanDictionary | None, folder: Path) -> Entry:
    counts = [SpanCounts(dictionary, layer) for layer in range(tokenizer.segmenter.layers)]
    identity = SpanIdentity()
    labelled, lost = True, 0

    def tables() -> Iterator[pa.Table]:
        nonlocal labelled, lost
        for batch in batches(dataset):
            tokens = tokenizer(*texts_of(batch))
            for layer in counts:
                layer.add(tokens)
            identity.add(tokens)
            labelled = labelled and _is_labelled(batch["label"])
            table = _table(tokens, batch)
            lost += _lost(table)
            yield table

    def facts() -> dict[str, Any]:
        return {
            "layers": [layer.total().to_json() for layer in counts],
            "labelled": labelled,
            "lost": lost,
            "spans_sha256": identity.hexdigest(),
        }

    storage.remove_leftovers(storage.leftovers(folder.parent, folder.name))
    write_entry(folder, tables(), facts)
    logger.info("Prepared %d examples into %s", len(dataset), folder)
    entry = read_entry(folder)
    if entry is None:
        raise RuntimeError(f"{folder} cannot be read right after it was written")
    return entry


def _table(tokens: SpanTokens, batch: pa.Table) -> pa.Table:
    """Prepared rows; the lists of a column share one run of values."""
    lengths = np.diff(tokens.bounds)
    if not lengths.all():
        idx = batch["idx"][int(np.argmin(lengths))]
        raise ConfigurationError(
            f"the example with idx {idx} has no tokens: its text is empty, and the tokenizer adds no special tokens",
            hint="leave the example out, or take another encoder",
        )
    offsets = pa.array(tokens.bounds, pa.int32())
    columns: dict[str, Any] = {
        name: pa.ListArray.from_arrays(offsets, pa.array(values)) for name, values in tokens.columns().items()
    }
    columns["length"] = pa.array(lengths, pa.int32())
    columns["labels"] = batch["label"]
    columns["idx"] = batch["idx"]
    return pa.table({**columns, **gold_columns(tokens, batch)})


def _is_labelled(labels: pa.ChunkedArray) -> bool:
    """Whether no label is unknown: -1, also within lists, or NaN where labels are real values."""
    values = pc.list_flatten(labels) if pa.types.is_list(labels.type) else labels
    unknown = pc.is_nan(values) if pa.types.is_floating(labels.type) else pc.equal(values, -1)
    return not pc.any(unknown, min_count=0).as_py()


def _lost(table: pa.Table) -> int:
    """Gold tokens without a piece."""
    if POSITIONS not in table.column_names:
        return 0
    return int(pc.sum(pc.equal(pc.list_flatten(table[POSITIONS]), -1), min_count=0).as_py())
