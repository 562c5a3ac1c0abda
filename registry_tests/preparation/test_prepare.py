"""Preparation of a split: its columns, and the cache, which is keyed by content, verified and shared."""

from __future__ import annotations

import errno
import json
import logging
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import Dataset
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from spanreg.preparation import PreparedSplit, SpanTokenizer, prepare
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.fixed import FixedLengthSegmenter
from spanreg.segmenters.multi import MultiSegmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.segmenters.whole import WholeTextSegmenter
from spanreg.text.unicode.words import Words

PrepareSource = Callable[..., PreparedSplit]

TEXTS = ["The old man kicked the bucket.", "", "A café in São Paulo", "the old man " * 30, "😀 it wasn't a big deal"]


class CountingSegmenter(Segmenter):
    """Segmenter that makes every word a span, and counts the words that it was called with."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.words = 0
        self.calls = 0

    def begins(self, words: Words) -> NDArray[np.bool_]:
        self.words += len(words)
        self.calls += 1
        return np.ones(len(words), dtype=np.bool_)

    def fingerprint(self) -> str:
        return self.name


@pytest.fixture
def source() -> Dataset:
    """Return a data set of five pairs of texts."""
    labels = [index % 2 for index in range(len(TEXTS))]
    return Dataset.from_dict(
        {"text": TEXTS, "pair": TEXTS[::-1], "label": labels, "idx": [10 * index for index in range(len(TEXTS))]}
    )


@pytest.fixture
def prepare_source(bert: PreTrainedTokenizerFast, source: Dataset, tmp_path: Path) -> PrepareSource:
    """Return a function that prepares the source; its arguments replace those of ``prepare``."""

    def prepared(**changes: Any) -> PreparedSplit:
        settings = {
            "dataset": source,
            "tokenizer": bert,
            "segmenter": CountingSegmenter(),
            "max_tokens": 40,
            "cache": tmp_path,
        }
        settings |= changes
        return prepare(settings.pop("dataset"), **settings)

    return prepared


def test_rows_equal_those_of_the_span_tokenizer(
    prepare_source: PrepareSource, bert: PreTrainedTokenizerFast, source: Dataset
) -> None:
    rows = prepare_source().dataset
    examples = SpanTokenizer(bert, CountingSegmenter(), 40)(source["text"][:], source["pair"][:]).examples()
    for row, example in zip(rows, examples, strict=True):
        for name, values in example.items():
            assert row[name] == values.tolist()
        assert row["length"] == len(row["input_ids"])
    assert rows["labels"][:] == source["label"][:]
    assert rows["idx"][:] == source["idx"][:]
    names = ["input_ids", "token_type_ids", "span_ids", "length", "labels", "idx"]
    assert rows.column_names == names


def test_each_segmentation_has_a_column(prepare_source: PrepareSource) -> None:
    segmenters = [SingleWordSegmenter(), FixedLengthSegmenter(2), WholeTextSegmenter()]
    prepared = prepare_source(segmenter=MultiSegmenter(segmenters))
    separate = [prepare_source(segmenter=segmenter) for segmenter in segmenters]
    columns = ["span_ids", "span_ids_1", "span_ids_2"]
    assert [prepared.dataset[column][:] for column in columns] == [split.dataset["span_ids"][:] for split in separate]
    assert prepared.dataset["input_ids"][:] == separate[0].dataset["input_ids"][:]
    assert list(prepared.layers) == [split.statistics for split in separate]
    assert prepared.statistics == prepared.layers[0]
    assert prepare_source(segmenter=MultiSegmenter(segmenters)).layers == prepared.layers


def test_a_second_preparation_reads_the_cache(prepare_source: PrepareSource, tmp_path: Path) -> None:
    first, second = CountingSegmenter(), CountingSegmenter()
    prepared, prepared_again = prepare_source(segmenter=first), prepare_source(segmenter=second)
    assert first.calls
    assert not second.calls
    assert prepared.key == prepared_again.key
    assert prepared.dataset[:] == prepared_again.dataset[:]
    assert prepared.statistics == prepared_again.statistics
    assert prepared.data_fingerprint == prepared_again.data_fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([prepared.key, f"{prepared.key}.lock"])


def test_the_key_covers_data_tokenizer_segmenter_and_length(prepare_source: PrepareSource, source: Dataset) -> None:
    def word_tokenizer(*extra: str) -> PreTrainedTokenizerFast:
        from tokenizers import Tokenizer, models, pre_tokenizers

        vocabulary = {word: index for index, word in enumerate(["[UNK]", "[PAD]", "the", *extra])}
        backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        backend.pre_tokenizer = pre_tokenizers.Whitespace()
        return PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]")

    full = source.filter(lambda row: row["text"] and row["pair"])
    keys = [
        prepare_source().key,
        prepare_source(max_tokens=39).key,
        prepare_source(segmenter=CountingSegmenter("other")).key,
        prepare_source(dataset=source.select([0, 1])).key,
        prepare_source(dataset=source.remove_columns("pair")).key,
        prepare_source(dataset=full, tokenizer=word_tokenizer()).key,
        prepare_source(dataset=full, tokenizer=word_tokenizer("old")).key,
    ]
    assert len(set(keys)) == len(keys)
    assert prepare_source(dataset=source.select([4, 3, 2, 1, 0]).select([4, 3, 2, 1, 0])).key == prepare_source().key


def test_the_key_ignores_padding_and_truncation_of_the_tokenizer(
    prepare_source: PrepareSource, bert: PreTrainedTokenizerFast
) -> None:
    before = prepare_source()
    bert(["one", "the old man kicked"], padding="max_length", truncation=True, max_length=9)
    after = prepare_source()
    assert after.key == before.key
    bert.backend_tokenizer.no_padding()
    bert.backend_tokenizer.no_truncation()


@pytest.mark.parametrize("damage", ["cut", "flip", "no data", "no facts", "bad facts", "empty"])
def test_damaged_entries_are_prepared_again(
    damage: str, prepare_source: PrepareSource, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = prepare_source()
    expected, folder = good.dataset[:], tmp_path / good.key
    data, facts = folder / "data.arrow", folder / "facts.json"
    content = data.read_bytes()
    del good  # which maps the file into memory
    match damage:
        case "cut":
            data.write_bytes(content[:-50])
        case "flip":
            data.write_bytes(content[:600] + bytes([content[600] ^ 1]) + content[601:])
        case "no data":
            data.unlink()
        case "no facts":
            facts.unlink()
        case "bad facts":
            facts.write_text("{")
        case "empty":
            data.unlink()
            facts.unlink()
    segmenter = CountingSegmenter()
    with caplog.at_level(logging.WARNING, logger="spanreg.preparation"):
        prepared_again = prepare_source(segmenter=segmenter)
    assert segmenter.calls
    assert prepared_again.dataset[:] == expected
    assert "damaged" in caplog.text
    assert data.read_bytes() == content


def test_concurrent_preparations_of_a_split_run_once(prepare_source: PrepareSource) -> None:
    # Threads in place of processes, so that one segmenter counts all calls.
    segmenter = CountingSegmenter()
    results: list[PreparedSplit] = []
    threads = [threading.Thread(target=lambda: results.append(prepare_source(segmenter=segmenter))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert segmenter.calls == 1
    assert all(result.dataset[:] == results[0].dataset[:] for result in results)


def test_an_interrupted_preparation_leaves_no_files(prepare_source: PrepareSource, tmp_path: Path) -> None:
    class InterruptedSegmenter(CountingSegmenter):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_source(segmenter=InterruptedSegmenter())
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_files_of_a_killed_preparation_are_removed(prepare_source: PrepareSource, tmp_path: Path) -> None:
    key = prepare_source().key
    killed = tmp_path / f".{key}.xyz.part"
    killed.mkdir()
    # Without its data, the entry is prepared again.
    (tmp_path / key / "data.arrow").unlink()
    prepare_source()
    assert not killed.exists()


def test_a_full_disk_is_a_configuration_error(
    prepare_source: PrepareSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("spanreg.preparation.entry._write_stream", fail)
    with pytest.raises(ConfigurationError, match="the disk is full"):
        prepare_source()
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_the_size_of_batches_changes_nothing(
    prepare_source: PrepareSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = prepare_source()
    for texts, characters in ((2, 500_000), (2000, 60), (1, 1)):
        monkeypatch.setattr("spanreg.preparation.batches.BATCH_TEXTS", texts)
        monkeypatch.setattr("spanreg.preparation.batches.BATCH_CHARACTERS", characters)
        segmenter = CountingSegmenter()
        prepared = prepare_source(segmenter=segmenter, cache=tmp_path / f"{texts}-{characters}")
        assert segmenter.calls > 1
        assert prepared.dataset[:] == expected.dataset[:]
        assert prepared.statistics == expected.statistics


def test_truncated_examples_are_counted_and_logged(
    prepare_source: PrepareSource, caplog: pytest.LogCaptureFixture, source: Dataset
) -> None:
    with caplog.at_level(logging.WARNING, logger="spanreg.preparation"):
        prepared = prepare_source(dataset=source.remove_columns("pair"))
    assert prepared.statistics.truncated == 1
    assert "1 of 5 examples were truncated to 40 tokens" in caplog.text
    assert max(prepared.dataset["length"][:]) == 40


def test_a_split_with_an_unknown_label_is_not_labelled(prepare_source: PrepareSource, source: Dataset) -> None:
    def labelled(labels: list[Any]) -> bool:
        return prepare_source(dataset=source.remove_columns("label").add_column("label", labels)).labelled

    assert labelled([0, 1, 0, 1, 2])
    assert not labelled([0, 1, -1, 1, 0])
    assert labelled([0.5, 1.0, -1.0, 1.0, 2.0])
    assert not labelled([0.5, 1.0, math.nan, 1.0, 2.0])


def test_in_a_regression_the_whole_number_minus_one_is_a_value(prepare_source: PrepareSource, source: Dataset) -> None:
    values = source.remove_columns("label").add_column("label", [1, 0, -1, 3, 2])
    assert prepare_source(dataset=values, regression=True).labelled
    assert not prepare_source(dataset=values).labelled


@pytest.mark.parametrize("make_list", [pa.list_, pa.large_list])
def test_lists_of_labels_may_have_any_size(
    prepare_source: PrepareSource, source: Dataset, make_list: Callable[[pa.DataType], pa.DataType]
) -> None:
    def labelled(first: list[int]) -> bool:
        labels = pa.array([first, *[[1, 0]] * 4], make_list(pa.int64()))
        table = pa.table({"text": TEXTS, "label": labels, "idx": source["idx"][:]})
        return prepare_source(dataset=Dataset(table)).labelled

    assert labelled([0, 1])
    assert not labelled([0, -1])


def test_empty_splits_and_texts_without_tokens_are_refused(prepare_source: PrepareSource, source: Dataset) -> None:
    with pytest.raises(ConfigurationError, match="no examples to prepare"):
        prepare_source(dataset=source.select([]))
    from tokenizers import Tokenizer, models

    bare = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")))
    with pytest.raises(ConfigurationError, match="the example with idx 10 has no tokens"):
        prepare_source(dataset=source.remove_columns("pair"), tokenizer=bare)


def test_facts_are_readable_json(prepare_source: PrepareSource, tmp_path: Path) -> None:
    prepared = prepare_source()
    facts = json.loads((tmp_path / prepared.key / "facts.json").read_text())
    assert facts["layers"] == [prepared.statistics.to_json()]
    assert facts["labelled"] is True
