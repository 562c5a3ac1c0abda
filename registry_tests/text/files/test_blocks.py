"""Blocks of text files: no byte is lost, no word is split, and damage and wrong encodings are reported."""

import gzip
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks, text_blocks

TEXT = "Ein Bär.\nzwei  Wörter\n\nund 漢字 ohne Ende"


@given(st.text("aé \n", max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_blocks_join_to_the_text_and_end_between_words(text: str, cuts: list[int]) -> None:
    data = text.encode()
    bounds = [0, *sorted(cuts), len(data)]
    chunks = [data[a:b] for a, b in pairwise(bounds)]
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    blocks = list(text_blocks(chunks, "here"))
    assert b"".join(blocks) == whole
    assert all(block.endswith((b" ", b"\n")) for block in blocks)
    lines = list(text_blocks(chunks, "here", whole_lines=True))
    assert b"".join(lines) == whole
    assert all(block.endswith(b"\n") for block in lines)


def test_compressed_files_are_read_like_plain_ones(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    data = TEXT.encode() * 50_000
    compress = zstandard.ZstdCompressor().compress
    (tmp_path / "plain.txt").write_bytes(data)
    (tmp_path / "one.txt.gz").write_bytes(gzip.compress(data))
    (tmp_path / "two.txt.zst").write_bytes(compress(data[:1000]) + compress(data[1000:]))
    (tmp_path / "THREE.TXT.GZ").write_bytes(gzip.compress(data))
    (tmp_path / "FOUR.TXT.ZST").write_bytes(compress(data))
    for path in tmp_path.iterdir():
        read_bytes: list[int] = []
        assert b"".join(file_blocks(path, read_bytes.append)) == data + b"\n"
        assert sum(read_bytes) == path.stat().st_size


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["short", "foreign"])
def test_damaged_compressed_files_are_rejected(tmp_path: Path, suffix: str, damage: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    compress = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[suffix]
    path = tmp_path / f"damaged.txt{suffix}"
    path.write_bytes(compress(TEXT.encode() * 100)[:-9] if damage == "short" else b"plain text, in truth")
    with pytest.raises(
        ConfigurationError, match=r"damaged\.txt.*: cannot be read: .+\. replace the file: it is damaged"
    ):
        list(file_blocks(path))


def test_a_wrong_encoding_is_reported_with_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"fine\n" * 300_000 + b"na\xefve\n")
    with pytest.raises(ConfigurationError) as caught:
        list(file_blocks(path))
    problem = "line 300001 is not UTF-8: byte 0xef at byte offset 1500002"
    assert str(caught.value) == f"{path}: {problem}. convert the file to UTF-8"


def test_a_missing_zstandard_package_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    path = tmp_path / "a.zst"
    path.write_bytes(b"")
    with pytest.raises(
        ConfigurationError, match=r"needs the package 'zstandard', which is not installed\. .*spanreg\[zstd\]"
    ):
        list(file_blocks(path))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        list(file_blocks(tmp_path / "none.txt"))
