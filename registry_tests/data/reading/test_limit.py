"""A limit for every split, or for some."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.data.base import DatasetReader
from spanreg.data.reading.limit import limit_of
from spanreg.registry import ConfigurationError


@pytest.mark.parametrize(("limit", "sizes"), [(5, (5, 5)), ({"train": 5}, (5, 480)), ({"validation": 7}, (1896, 7))])
def test_one_split_is_limited_alone(limit: Any, sizes: tuple[int, int]) -> None:
    reader = DatasetReader.from_params({"type": "demo", "limit": limit})
    assert tuple(len(reader.read(split)) for split in ("train", "validation")) == sizes


def test_readers_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n" + "one two,a\nthree,b\n" * 4, encoding="utf-8")
    files = {split: str(tmp_path / "a.csv") for split in ("train", "validation")}
    reader = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"train": 3}})
    assert (len(reader.read("train")), len(reader.read("validation"))) == (3, 8)
    wrong = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"trian": 3}})
    with pytest.raises(
        ConfigurationError, match=r"limit\.trian: there is no split 'trian' to limit\. did you mean 'train'"
    ):
        wrong.read("train")


def test_splits_are_only_asked_for_where_they_matter() -> None:
    def fail() -> list[str]:
        raise AssertionError

    assert (limit_of(3, "a", fail), limit_of(None, "a", fail)) == (3, None)


@pytest.mark.parametrize("reader", ["demo", "glue", "snli", "hub", "csv", "conll"])
def test_a_wrong_number_is_found_by_check(
    reader: str, tmp_path: Path, make_config: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    (tmp_path / "config.json").write_text(json.dumps(make_config(data={"type": reader, "limit": {"train": 0}})))
    assert main(["check", str(tmp_path / "config.json")]) == 2
    assert "data.limit" in capsys.readouterr().out
