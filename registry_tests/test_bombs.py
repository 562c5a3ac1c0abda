"""Decompression bombs and endless lines: every reader rejects them with one message."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary
from spanreg.limits import limited
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.files.blocks import byte_lines, file_blocks

TEXT = "all work and no play "
EXPANSION_MESSAGE = "expands to more than 250 times its size"
LENGTH_MESSAGE = "longer than 1 KB"


def compressed_streams(suffix: str, content: bytes, times: int) -> bytes:
    """Return the compressed content, repeated; a file of each of these formats may have several streams."""
    zstandard = pytest.importorskip("zstandard")
    compressors: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "zst": zstandard.ZstdCompressor().compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
    }
    return compressors[suffix](content) * times


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one subfolder for each format; its file of some KB expands to 70 MB or more."""
    root = tmp_path_factory.mktemp("bombs")
    line = json.dumps({"text": TEXT * 100, "label": "no", "spans": []}).encode() + b"\n"
    content = line * (1_000_000 // len(line))
    for suffix in ("gz", "zst", "bz2", "xz"):
        (root / suffix).mkdir()
        (root / suffix / f"train.jsonl.{suffix}").write_bytes(compressed_streams(suffix, content, 70))
    (root / "zip").mkdir()
    with zipfile.ZipFile(root / "zip" / "train.jsonl.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.jsonl", content * 70)
    (root / "parquet").mkdir()
    table = pa.table({"text": pa.repeat(TEXT * 40_000, 100), "label": pa.repeat("no", 100)})
    pq.write_table(table, root / "parquet" / "train.parquet", compression="zstd")
    return root


def test_bombs_are_small_files(bombs: Path) -> None:
    sizes = [path.stat().st_size for path in bombs.rglob("*.*")]
    assert len(sizes) == 6
    assert max(sizes) < 300_000


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz", "zip", "parquet"])
def test_hub_reader_rejects_bombs(bombs: Path, kind: str) -> None:
    reader = DatasetReader.from_params({"type": "hub", "path": str(bombs / kind), "labels": ["yes", "no"]})
    with pytest.raises(ConfigurationError, match=EXPANSION_MESSAGE):
        reader.read("train")


def test_parquet_reader_rejects_bombs(bombs: Path) -> None:
    files = {"train": str(bombs / "parquet" / "train.parquet")}
    config = {"type": "parquet", "files": files, "labels": ["yes", "no"]}
    with pytest.raises(ConfigurationError, match=EXPANSION_MESSAGE):
        DatasetReader.from_params(config).read("train")


def test_glue_reader_rejects_bombs(tmp_path: Path) -> None:
    folder = tmp_path / "sst2"
    folder.mkdir()
    table = pa.table({"sentence": pa.repeat(TEXT * 40_000, 100), "label": pa.repeat(1, 100), "idx": range(100)})
    pq.write_table(table, folder / "train.parquet", compression="zstd")
    with pytest.raises(ConfigurationError, match=EXPANSION_MESSAGE):
        DatasetReader.from_params({"type": "glue", "task": "sst2", "path": str(folder.parent)}).read("train")


@pytest.mark.parametrize(
    ("name", "kind"), [("ngram", "gz"), ("ngram", "parquet"), ("file", "gz"), ("file", "zst"), ("file", "parquet")]
)
def test_dictionaries_reject_bombs(bombs: Path, name: str, kind: str) -> None:
    (file,) = (bombs / kind).glob("train.*")
    dictionary = SpanDictionary.from_params({"type": name, {"ngram": "corpus", "file": "path"}[name]: str(file)})
    with pytest.raises(ConfigurationError, match=EXPANSION_MESSAGE):
        dictionary.table()


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet"])
def test_gold_segmenter_rejects_bombs(bombs: Path, tmp_path: Path, kind: str) -> None:
    (file,) = (bombs / kind).glob("train.*")
    if kind == "parquet":
        # The shared bomb has no column of spans.
        file = tmp_path / "train.parquet"
        pq.write_table(pa.table({"text": pa.repeat(TEXT * 40_000, 100), "spans": pa.repeat(1, 100)}), file)
    with pytest.raises(ConfigurationError, match=EXPANSION_MESSAGE):
        segment_texts(Segmenter.from_params({"type": "gold", "path": str(file)}), ["a text"])


def test_a_config_cannot_raise_the_limit(bombs: Path) -> None:
    (file,) = (bombs / "gz").glob("train.*")
    config = {"type": "ngram", "corpus": str(file), "max_expansion": 10_000}
    with pytest.raises(ConfigurationError, match=r"^max_expansion: is 10000, but the command line allows 250\."):
        SpanDictionary.from_params(config)
    with limited(["expansion=10K"]):
        SpanDictionary.from_params(config)


def two_examples(kind: str, text: str) -> str:
    """Return the content of a file with two examples, the second of which has this text."""
    examples = [{"text": "fine", "label": "no"}, {"text": text, "label": "yes"}]
    if kind == "jsonl":
        return "".join(json.dumps(example) + "\n" for example in examples)
    separator = {"csv": ",", "tsv": "\t"}[kind]
    return "".join(
        f"{text}{separator}{label}\n" for text, label in [("text", "label"), *(tuple(e.values()) for e in examples)]
    )


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_texts_longer_than_the_limit_are_rejected(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"train.{kind}"
    # Bytes above and below the limit of 1,024.
    for size in (1500, 900):
        if kind == "parquet":
            pq.write_table(pa.table({"text": ["fine", "x" * size], "label": ["no", "yes"]}), path)
        else:
            path.write_text(two_examples(kind, "x" * size))
        reader = DatasetReader.from_params({"type": kind, "files": {"train": str(path)}, "labels": ["yes", "no"]})
        with limited(["line=1K"]):
            if size == 900:
                assert len(reader.read("train")) == 2
                continue
            with pytest.raises(
                ConfigurationError, match=rf"({LENGTH_MESSAGE}|more than 1 KB).*--limit line=N$"
            ) as caught:
                reader.read("train")
        place = {"jsonl": ":2:", "csv": ":3:", "tsv": ":3:", "parquet": "row 1 "}[kind]
        assert place in str(caught.value)


def test_a_csv_text_may_exceed_the_field_limit_of_python(tmp_path: Path) -> None:
    """The module ``csv`` rejects fields of more than 131,072 characters by default."""
    (tmp_path / "train.csv").write_text(two_examples("csv", "x" * 200_000))
    config: dict[str, Any] = {"type": "csv", "files": {"train": str(tmp_path / "train.csv")}, "labels": ["yes", "no"]}
    assert len(DatasetReader.from_params(config).read("train")[1]["text"]) == 200_000


def test_an_endless_line_is_rejected_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "endless.txt"
    path.write_bytes(b"first\n")
    with path.open("r+b") as stream:
        # A sparse file: a terabyte that takes no disk.
        stream.truncate(1 << 40)
    lines = byte_lines(path)
    assert next(lines) == b"first"
    with pytest.raises(ConfigurationError, match=r"endless.txt:2: the line is longer than 1 MB\. .*--limit line=N$"):
        next(lines)
    for blocks in (file_blocks(path, longest=1 << 20), file_blocks(path, whole_lines=True)):
        with pytest.raises(ConfigurationError, match=r"endless.txt:2: the line is longer than (1|256) MB"):
            list(blocks)
