"""Preparation of a split: token ids and span ids of all examples, cached."""

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
from spanreg.preparation.alignment import NoTokensError, SpanTokenizer, SpanTokens, text_without_tokens
from spanreg.preparation.batches import batches, texts_of
from spanreg.preparation.entry import CacheEntry, read_entry, write_entry
from spanreg.preparation.gold_tokens import POSITIONS, gold_columns
from spanreg.preparation.identity import SpanIdentity
from spanreg.preparation.statistics import SpanCounts, SpanStatistics
from spanreg.preparation.truncation import SpanBudget
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter

logger = logging.getLogger(__name__)

# Without readers and dictionaries: the key has hashes of what they return.
_SOURCES = ("preparation", "text", "words", "segmenters")
"Packages whose code decides the result; a change in one of them invalidates the cache."


@dataclass(frozen=True, slots=True)
class PreparedSplit:
    """A split converted to the model's inputs.

    ``prepare(dataset, tokenizer=tokenizer, segmenter=segmenter, max_tokens=128).dataset``
    """

    dataset: Dataset
    """The rows of the source, in the columns ``input_ids`` and ``span_ids`` (lists of int32), ``token_type_ids`` (lists
    of int8, if the model uses them), ``length`` (int32), ``labels`` (as in the source) and ``idx`` (int64). With
    several segmentations, those after the first are in ``span_ids_1``, ``span_ids_2`` and so on. For a task on tokens
    there are also ``words`` (lists of strings, the gold tokens) and ``positions`` (lists of int32: the place of each
    gold token's first piece in ``input_ids``, -1 if it has none)."""
    layers: tuple[SpanStatistics, ...]
    "Statistics of each segmentation; most segmenters have one."
    labelled: bool
    "Whether every example has a gold label."
    key: str
    "Hash of everything that the result depends on; the name of the cache entry."
    data_fingerprint: str
    "Hash of the source's content."
    lost: int = 0
    "Number of gold tokens that the encoder does not see, because of truncation or its tokenizer's normalizer."
    spans_sha256: str = ""
    "Hash of the span ids; equal for two segmentations that split all texts in the same way."

    @property
    def statistics(self) -> SpanStatistics:
        """Statistics of the segmentation, or of the first of several."""
        return self.layers[0]


def prepare(
    dataset: Dataset,
    *,
    tokenizer: PreTrainedTokenizerBase,
    segmenter: Segmenter,
    max_tokens: int,
    budget: SpanBudget | None = None,
    dictionary: SpanDictionary | None = None,
    regression: bool = False,
    cache: Path | None = None,
) -> PreparedSplit:
    """Return tokens and spans of every example, from the cache if the same split was prepared before.

    If two processes prepare the same split at the same time, the second waits for the result of the first. A damaged
    entry is replaced.

    Args:
        dataset: a split returned by a ``DatasetReader``.
        tokenizer: the encoder's fast tokenizer.
        segmenter: splits the sentences into spans.
        max_tokens: longest sequence, special tokens included; the caller checks it against the encoder's positions.
        budget: truncates by whole spans instead of cutting tokens off the longer sentence.
        dictionary: the dictionary for the statistic ``dictionary_coverage``; changes nothing else.
        regression: whether labels are values, so that the whole number -1 is one, too.
        cache: folder of the cache; default: ``storage.cache_folder("prepared")``.

    Raises:
        ConfigurationError: a slow tokenizer, no room for a token, no examples or tokens, or an unusable cache.
    """
    if not len(dataset):
        raise ConfigurationError("there are no examples to prepare", hint="give data with at least one row")
    span_tokenizer = SpanTokenizer(tokenizer, segmenter, max_tokens, budget)
    parts = _key_parts(dataset, span_tokenizer, dictionary, regression)
    key = storage.hash_json(parts)
    folder = (cache or storage.cache_folder("prepared")) / key
    # First without the lock, which cannot be created if the cache is on a read-only disk.
    entry = read_entry(folder)
    if entry is None:
        # Looked up again under the lock: another process may have written the entry in the meantime. The lock is next
        # to the folder and not in it, because writing an entry replaces the whole folder.
        with storage.locked(folder.with_name(f"{key}.lock")):
            entry = read_entry(folder) or _prepare_entry(dataset, span_tokenizer, dictionary, regression, folder)
    layers = tuple(map(SpanStatistics.from_json, entry.facts["layers"]))
    if layers[0].truncated:
        logger.warning("%d of %d examples were truncated to %d tokens", layers[0].truncated, len(dataset), max_tokens)
    lost = entry.facts["lost"]
    if lost:
        logger.warning("%d labelled tokens have no token of the encoder and count as wrong", lost)
    facts = entry.facts
    return PreparedSplit(entry.dataset, layers, facts["labelled"], key, parts["data"], lost, facts["spans_sha256"])


def _key_parts(
    dataset: Dataset, tokenizer: SpanTokenizer, dictionary: SpanDictionary | None, regression: bool
) -> dict[str, Any]:
    """Return everything that the result depends on; its hash is the key of the cache entry."""
    # The hashes of ``datasets`` do not serve: they are of pickles, which differ for equal objects.
    return {
        "code": storage.hash_sources(*_SOURCES),
        # The text of a tokenizer may be the same under a version that splits differently.
        "tokenizers": tokenizers.__version__,
        "words": tokenizer.segmenter.word_rule.version,
        "data": content_fingerprint(dataset),
        "tokenizer": tokenizer.tokenizer.fingerprint(),  # covers max_tokens
        "truncation": None if tokenizer.budget is None else asdict(tokenizer.budget),
        "segmenter": tokenizer.segmenter.fingerprint(),
        "coverage": None if dictionary is None else dictionary.fingerprint(),
        "regression": regression,
    }


def _prepare_entry(
    dataset: Dataset, tokenizer: SpanTokenizer, dictionary: SpanDictionary | None, regression: bool, folder: Path
) -> CacheEntry:
    """Prepare a split into the cache, and return its entry."""
    counts = [SpanCounts(dictionary, layer) for layer in range(tokenizer.segmenter.layers)]
    identity = SpanIdentity()
    labelled, lost = True, 0

    # A generator, so that only one batch is in memory; the facts are complete when it is used up.
    def tables() -> Iterator[pa.Table]:
        nonlocal labelled, lost
        for batch in batches(dataset):
            tokens = tokenizer(*texts_of(batch))
            for layer in counts:
                layer.add(tokens)
            identity.add(tokens)
            labelled = labelled and _is_labelled(batch["label"], regression)
            table = _prepared_rows(tokens, batch)
            lost += _lost_tokens(table)
            yield table

    def facts() -> dict[str, Any]:
        return {
            "layers": [layer.total().to_json() for layer in counts],
            "labelled": labelled,
            "lost": lost,
            "spans_sha256": identity.hexdigest(),
        }

    # A process that was killed while it wrote this entry has left its temporary folder.
    storage.remove_leftovers(storage.leftovers(folder.parent, folder.name))
    write_entry(folder, tables(), facts)
    logger.info("Prepared %d examples into %s", len(dataset), folder)
    entry = read_entry(folder)
    if entry is None:
        raise RuntimeError(f"{folder} cannot be read right after it was written")
    return entry


def _prepared_rows(tokens: SpanTokens, batch: pa.Table) -> pa.Table:
    """Return the prepared rows of a batch."""
    lengths = np.diff(tokens.bounds)
    if (empty := text_without_tokens(tokens)) is not None:
        raise NoTokensError(empty, f"the example with idx {batch['idx'][empty]}")
    # The lists of all columns share one array of offsets, and their values are not copied.
    offsets = pa.array(tokens.bounds, pa.int32())
    columns: dict[str, Any] = {
        name: pa.ListArray.from_arrays(offsets, pa.array(values)) for name, values in tokens.columns().items()
    }
    columns["length"] = pa.array(lengths, pa.int32())
    columns["labels"] = batch["label"]
    columns["idx"] = batch["idx"]
    return pa.table({**columns, **gold_columns(tokens, batch)})


def flat_labels(labels: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of labels without its lists, whose labels follow one another."""
    # Also the lists of other types, such as those that polars writes.
    return pc.list_flatten(labels) if pa.types.is_nested(labels.type) else labels


def _is_labelled(labels: pa.ChunkedArray, regression: bool) -> bool:
    """Return whether all labels are known: none is -1, also within lists, or NaN in a regression."""
    values = flat_labels(labels)
    if pa.types.is_floating(values.type):
        unknown = pc.is_nan(values)
    elif regression:
        return True  # whole numbers, none of which is NaN
    else:
        unknown = pc.equal(values, -1)
    # min_count=0: an empty column has no unknown label, where Arrow would answer null.
    return not pc.any(unknown, min_count=0).as_py()


def _lost_tokens(table: pa.Table) -> int:
    """Return the number of gold tokens without a piece."""
    if POSITIONS not in table.column_names:
        return 0
    return int(pc.sum(pc.equal(pc.list_flatten(table[POSITIONS]), -1), min_count=0).as_py())
