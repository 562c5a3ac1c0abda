"""Malformed corpora and standard input: invalid bytes, decompression bombs, endless lines."""

from __future__ import annotations

import gzip
import io
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from spanreg.cli.main import main
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.registry import ConfigurationError


@pytest.fixture(autouse=True)
def own_working_directory_and_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in its temporary folder, with an empty cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))


def test_invalid_bytes_are_refused_or_replaced_on_request() -> None:
    Path("latin.txt").write_bytes(b"a b\ncaf\xe9 a b\n")
    with pytest.raises(ConfigurationError, match="line 2 is not UTF-8"):
        NgramDictionary("latin.txt", min_count=2).table()
    assert NgramDictionary("latin.txt", min_count=2, errors="replace").table().to_pydict()["count"] == [2]
    assert main(["sample-dictionary", "latin.txt", "-o", "d.parquet", "--min-count", "2", "--errors", "replace"]) == 0


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_decompression_bomb_is_refused(suffix: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    compress = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}[suffix]
    Path(f"bomb.txt.{suffix}").write_bytes(compress(b"a " * (50 << 20)))
    with pytest.raises(
        ConfigurationError, match=r"bomb.*: expands to more than 250 times its size\..*--limit expansion=N"
    ):
        NgramDictionary(f"bomb.txt.{suffix}").table()


def test_a_small_file_may_expand_by_any_ratio() -> None:
    Path("fine.txt.gz").write_bytes(gzip.compress(b"a b\n" * 100_000))
    assert NgramDictionary("fine.txt.gz").table()["count"].to_pylist() == [100_000]


def test_zero_bytes_separate_words() -> None:
    Path("zeros.txt").write_bytes(b"a\0b\0\0 a b\n\0a b")
    assert NgramDictionary("zeros.txt", min_count=3).table()["ngram"].to_pylist() == ["a b"]


@pytest.mark.parametrize("separator", [b" ", b""], ids=["words", "one word"])
def test_a_line_of_a_hundred_megabytes_is_sampled_in_seconds(separator: bytes) -> None:
    line = (b"abcdefg" + (separator or b"h")) * (13 << 20)
    Path("long.txt").write_bytes(b"a b\n" + line + b" a b")
    # The time of the processor, about 3 s: other processes may use it meanwhile.
    began = time.process_time()
    rows = NgramDictionary("long.txt", min_count=1, max_n=2).table().to_pylist()
    assert {"ngram": "a b", "n": 2, "count": 2} in rows
    assert time.process_time() - began < 10


def set_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Let the process read these bytes from standard input."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_standard_input_is_sampled_by_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("same.txt").write_bytes(b"a b c\na b c")
    set_standard_input(monkeypatch, b"a b c\na b c")
    assert main(["sample-dictionary", "-", "-o", "d.parquet", "--min-count", "2"]) == 0
    assert FileDictionary("d.parquet").fingerprint() == NgramDictionary("same.txt", min_count=2).fingerprint()
    set_standard_input(monkeypatch, b"a b c")
    assert main(["sample-dictionary", "-", "same.txt", "-o", "d.parquet", "--min-count", "3"]) == 0
    assert FileDictionary("d.parquet").table()["count"].to_pylist() == [3, 3, 3]


def test_standard_input_is_refused_in_a_config() -> None:
    with pytest.raises(ConfigurationError, match="corpus: standard input cannot be cached"):
        NgramDictionary("-").table()
