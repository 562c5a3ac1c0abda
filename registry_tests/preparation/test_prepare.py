"""Prepared tokens equal those of the tokenizer; the cache is whole, keyed by content, and shared."""

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

TEXTS = ["The old man kicked the bucket.", "", "A café in São Paulo", "the old man " * 30, "😀 it wasn't a big deal"]


class Counting(Segmenter):
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
    labels = [index % 2 for index in range(len(TEXTS))]
    return Dataset.from_dict(
        {"text": TEXTS, "pair": TEXTS[::-1], "label": labels, "idx": [10 * index for index in range(len(TEXTS))]}
    )


@pytest.fixture
def run(bert: PreTrainedTokenizerFast, source: Dataset, tmp_path: Path) -> Callable[..., PreparedSplit]:
    def prepared(**changes: Any) -> PreparedSplit:
        settings = {"dataset": source, "tokenizer": bert, "segmenter": Counting(), "max_tokens": 40, "cache": tmp_path}
        settings |= changes
        return prepare(settings.pop("dataset"), **settings)

    return prepared


def test_rows_are_those_of_the_span_tokenizer(
    run: Callable[..., PreparedSplit], bert: PreTrainedTokenizerFast, source: Dataset
) -> None:
    found = run().dataset
    examples = SpanTokenizer(bert, Counting(), 40)(source["text"][:], source["pair"][:]).examples()
    for row, example in zip(found, examples, strict=True):
        for name, values in example.items():
            assert row[name] == values.tolist()
        assert row["length"] == len(row["input_ids"])
    assert found["labels"][:] == source["label"][:]
    assert found["idx"][:] == source["idx"][:]
    names = ["input_ids", "token_type_ids", "span_ids", "length", "labels", "idx"]
    assert found.column_names == names


def test_several_segmentations_have_a_column_each(run: Callable[..., PreparedSplit]) -> None:
    segmenters = [SingleWordSegmenter(), FixedLengthSegmenter(2), WholeTextSegmenter()]
    found = run(segmenter=MultiSegmenter(segmenters))
    alone = [run(segmenter=segmenter) for segmenter in segmenters]
    columns = ["span_ids", "span_ids_1", "span_ids_2"]
    assert [found.dataset[column][:] for column in columns] == [one.dataset["span_ids"][:] for one in alone]
    assert found.dataset["input_ids"][:] == alone[0].dataset["input_ids"][:]
    assert list(found.layers) == [one.statistics for one in alone]
    assert found.statistics == found.layers[0]
    assert run(segmenter=MultiSegmenter(segmenters)).layers == found.layers


def test_a_second_preparation_reads_the_cache(run: Callable[..., PreparedSplit], tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    one, two = run(segmenter=first), run(segmenter=second)
    assert first.calls
    assert not second.calls
    assert one.key == two.key
    assert one.dataset[:] == two.dataset[:]
    assert one.statistics == two.statistics
    assert one.data_fingerprint == two.data_fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([one.key, f"{one.key}.lock"])


def test_everything_that_matters_is_in_the_key(run: Callable[..., PreparedSplit], source: Dataset) -> None:
    def words(*extra: str) -> PreTrainedTokenizerFast:
        from tokenizers import Tokenizer, models, pre_tokenizers

        vocabulary = {word: index for index, word in enumerate(["[UNK]", "[PAD]", "the", *extra])}
        backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        backend.pre_tokenizer = pre_tokenizers.Whitespace()
        return PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]")

    full = source.filter(lambda row: row["text"] and row["pair"])
    keys = [
        run().key,
        run(max_tokens=39).key,
        run(segmenter=Counting("other")).key,
        run(dataset=source.select([0, 1])).key,
        run(dataset=source.remove_columns("pair")).key,
        run(dataset=full, tokenizer=words()).key,
        run(dataset=full, tokenizer=words("old")).key,
    ]
    assert len(set(keys)) == len(keys)
    assert run(dataset=source.select([4, 3, 2, 1, 0]).select([4, 3, 2, 1, 0])).key == run().key


def test_padding_and_truncation_set_by_others_do_not_matter(
    run: Callable[..., PreparedSplit], bert: PreTrainedTokenizerFast
) -> None:
    before = run()
    bert(["one", "the old man kicked"], padding="max_length", truncation=True, max_length=9)
    after = run()
    assert after.key == before.key
    bert.backend_tokenizer.no_padding()
    bert.backend_tokenizer.no_truncation()


@pytest.mark.parametrize("damage", ["cut", "flip", "no data", "no facts", "bad facts", "empty"])
def test_damaged_entries_are_made_again(
    damage: str, run: Callable[..., PreparedSplit], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = run()
    expected, folder = good.dataset[:], tmp_path / good.key
    data, facts = folder / "data.arrow", folder / "facts.json"
    content = data.read_bytes()
    del good
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
    segmenter = Counting()
    with caplog.at_level(logging.WARNING, logger="spanreg.preparation"):
        again = run(segmenter=segmenter)
    assert segmenter.calls
    assert again.dataset[:] == expected
    assert "damaged" in caplog.text
    assert data.read_bytes() == content


def test_two_processes_prepare_a_split_once(run: Callable[..., PreparedSplit], source: Dataset) -> None:
    segmenter = Counting()
    results: list[PreparedSplit] = []
    threads = [threading.Thread(target=lambda: results.append(run(segmenter=segmenter))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert segmenter.calls == 1
    assert all(result.dataset[:] == results[0].dataset[:] for result in results)


def test_a_failed_preparation_leaves_nothing(run: Callable[..., PreparedSplit], tmp_path: Path) -> None:
    class Failing(Counting):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(segmenter=Failing())
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
    killed = tmp_path / f".{run(max_tokens=39).key}.xyz.part"
    killed.mkdir()
    (tmp_path / run(max_tokens=39).key / "data.arrow").unlink()
    run(max_tokens=39)
    assert not killed.exists()


def test_a_full_disk_is_one_clear_error(
    run: Callable[..., PreparedSplit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("spanreg.preparation.entry._write_stream", fail)
    with pytest.raises(ConfigurationError, match="the disk is full"):
        run()
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_batches_change_nothing(
    run: Callable[..., PreparedSplit], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = run()
    for texts, characters in ((2, 500_000), (2000, 60), (1, 1)):
        monkeypatch.setattr("spanreg.preparation.batches.BATCH_TEXTS", texts)
        monkeypatch.setattr("spanreg.preparation.batches.BATCH_CHARACTERS", characters)
        segmenter = Counting()
        found = run(segmenter=segmenter, cache=tmp_path / f"{texts}-{characters}")
        assert segmenter.calls > 1
        assert found.dataset[:] == expected.dataset[:]
        assert found.statistics == expected.statistics


def test_cut_examples_are_counted_and_logged(
    run: Callable[..., PreparedSplit], caplog: pytest.LogCaptureFixture, source: Dataset
) -> None:
    with caplog.at_level(logging.WARNING, logger="spanreg.preparation"):
        found = run(dataset=source.remove_columns("pair"))
    assert found.statistics.truncated == 1
    assert "1 of 5 examples were truncated to 40 tokens" in caplog.text
    assert max(found.dataset["length"][:]) == 40


def test_a_split_with_an_unknown_label_is_not_labelled(run: Callable[..., PreparedSplit], source: Dataset) -> None:
    def labelled(labels: list[Any]) -> bool:
        return run(dataset=source.remove_columns("label").add_column("label", labels)).labelled

    assert labelled([0, 1, 0, 1, 2])
    assert not labelled([0, 1, -1, 1, 0])
    assert labelled([0.5, 1.0, -1.0, 1.0, 2.0])
    assert not labelled([0.5, 1.0, math.nan, 1.0, 2.0])


def test_nothing_to_prepare(run: Callable[..., PreparedSplit], source: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no examples to prepare"):
        run(dataset=source.select([]))
    from tokenizers import Tokenizer, models

    bare = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]")))
    with pytest.raises(ConfigurationError, match="the example with idx 10 has no tokens"):
        run(dataset=source.remove_columns("pair"), tokenizer=bare)


def test_facts_are_plain_json(run: Callable[..., PreparedSplit], tmp_path: Path) -> None:
    found = run()
    facts = json.loads((tmp_path / found.key / "facts.json").read_text())
    assert facts["layers"] == [found.statistics.to_json()]
    assert facts["labelled"] is True
