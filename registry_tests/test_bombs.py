"""Every reader rejects small files that expand to large ones, and endless texts, with one message each."""

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
EXPANDS = "expands to more than 250 times its size"
LONG = "longer than 1 KB"


def packed(suffix: str, content: bytes, times: int) -> bytes:
    """Return a packed file with the content repeated; all of these formats allow several streams in one file."""
    zstandard = pytest.importorskip("zstandard")
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "zst": zstandard.ZstdCompressor().compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
    }
    return pack[suffix](content) * times


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with files of some KB that expand to some hundreds of MB, each in a separate folder."""
    root = tmp_path_factory.mktemp("bombs")
    line = json.dumps({"text": TEXT * 100, "label": "no", "spans": []}).encode() + b"\n"
    content = line * (1_000_000 // len(line))
    for suffix in ("gz", "zst", "bz2", "xz"):
        (root / suffix).mkdir()
        (root / suffix / f"train.jsonl.{suffix}").write_bytes(packed(suffix, content, 70))
    (root / "zip").mkdir()
    with zipfile.ZipFile(root / "zip" / "train.jsonl.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.jsonl", content * 70)
    (root / "parquet").mkdir()
    table = pa.table({"text": pa.repeat(TEXT * 40_000, 100), "label": pa.repeat("no", 100)})
    pq.write_table(table, root / "parquet" / "train.parquet", compression="zstd")
    return root


def test_they_are_small(bombs: Path) -> None:
    sizes = [path.stat().st_size for path in bombs.rglob("*.*")]
    assert len(sizes) == 6
    assert max(sizes) < 300_000


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz", "zip", "parquet"])
def test_as_data_of_the_hub(bombs: Path, kind: str) -> None:
    reader = DatasetReader.from_params({"type": "hub", "path": str(bombs / kind), "labels": ["yes", "no"]})
    with pytest.raises(ConfigurationError, match=EXPANDS):
        reader.read("train")


def test_as_data_in_parquet(bombs: Path) -> None:
    files = {"train": str(bombs / "parquet" / "train.parquet")}
    config = {"type": "parquet", "files": files, "labels": ["yes", "no"]}
    with pytest.raises(ConfigurationError, match=EXPANDS):
        DatasetReader.from_params(config).read("train")
    folder = bombs / "parquet" / "glue" / "sst2"
    folder.mkdir(parents=True)
    table = pa.table({"sentence": pa.repeat(TEXT * 40_000, 100), "label": pa.repeat(1, 100), "idx": range(100)})
    pq.write_table(table, folder / "train.parquet", compression="zstd")
    with pytest.raises(ConfigurationError, match=EXPANDS):
        DatasetReader.from_params({"type": "glue", "task": "sst2", "path": str(folder.parent)}).read("train")


@pytest.mark.parametrize(
    ("name", "kind"), [("ngram", "gz"), ("ngram", "parquet"), ("file", "gz"), ("file", "zst"), ("file", "parquet")]
)
def test_as_dictionaries(bombs: Path, name: str, kind: str) -> None:
    (file,) = (bombs / kind).glob("train.*")
    dictionary = SpanDictionary.from_params({"type": name, {"ngram": "corpus", "file": "path"}[name]: str(file)})
    with pytest.raises(ConfigurationError, match=EXPANDS):
        dictionary.table()


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet"])
def test_as_gold_spans(bombs: Path, kind: str) -> None:
    (file,) = (bombs / kind).glob("train.*")
    if kind == "parquet":
        pq.write_table(pa.table({"text": pa.repeat(TEXT * 40_000, 100), "spans": pa.repeat(1, 100)}), file)
    with pytest.raises(ConfigurationError, match=EXPANDS):
        segment_texts(Segmenter.from_params({"type": "gold", "path": str(file)}), ["a text"])


def test_a_config_cannot_raise_the_limit(bombs: Path) -> None:
    (file,) = (bombs / "gz").glob("train.*")
    config = {"type": "ngram", "corpus": str(file), "max_expansion": 10_000}
    with pytest.raises(ConfigurationError, match=r"^max_expansion: is 10000, but the command line allows 250\."):
        SpanDictionary.from_params(config)
    with limited(["expansion=10K"]):
        SpanDictionary.from_params(config)


def rows(kind: str, text: str) -> str:
    """Return a file of two examples, the second with this text."""
    examples = [{"text": "fine", "label": "no"}, {"text": text, "label": "yes"}]
    if kind == "jsonl":
        return "".join(json.dumps(example) + "\n" for example in examples)
    between = {"csv": ",", "tsv": "\t"}[kind]
    return "".join(
        f"{text}{between}{label}\n" for text, label in [("text", "label"), *(tuple(e.values()) for e in examples)]
    )


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_a_long_text_of_data(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"train.{kind}"
    # Above and below the limit of 1,024 bytes.
    for size in (1500, 900):
        if kind == "parquet":
            pq.write_table(pa.table({"text": ["fine", "x" * size], "label": ["no", "yes"]}), path)
        else:
            path.write_text(rows(kind, "x" * size))
        reader = DatasetReader.from_params({"type": kind, "files": {"train": str(path)}, "labels": ["yes", "no"]})
        with limited(["line=1K"]):
            if size == 900:
                assert len(reader.read("train")) == 2
                continue
            with pytest.raises(ConfigurationError, match=rf"({LONG}|more than 1 KB).*--limit line=N$") as caught:
                reader.read("train")
        place = {"jsonl": ":2:", "csv": ":3:", "tsv": ":3:", "parquet": "row 1 "}[kind]
        assert place in str(caught.value)


def test_a_text_of_a_csv_may_be_longer_than_python_allows(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(rows("csv", "x" * 200_000))
    config: dict[str, Any] = {"type": "csv", "files": {"train": str(tmp_path / "train.csv")}, "labels": ["yes", "no"]}
    assert len(DatasetReader.from_params(config).read("train")[1]["text"]) == 200_000


def test_a_line_without_end_is_not_read_to_it(tmp_path: Path) -> None:
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
