"""The page on dictionaries lists all dictionaries and scorers, and each dictionary has an example config."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanreg.dictionaries import SpanDictionary
from spanreg.registry import Params
from spanreg.scorers import Scorer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "dictionaries_and_segmenters.md").read_text(encoding="utf-8")
COMPONENTS_OF_PAGE = [
    name for row in re.findall(r"^\| (`[^|]*) \|", PAGE, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
]


@pytest.mark.parametrize("family", [SpanDictionary, Scorer])
def test_the_page_has_a_row_for_each_component(family: type[SpanDictionary] | type[Scorer]) -> None:
    assert set(family.list_available()) <= set(COMPONENTS_OF_PAGE)


@pytest.mark.parametrize("name", SpanDictionary.list_available())
def test_each_dictionary_has_an_example_config(name: str) -> None:
    config = Params.from_file(ROOT / "configs" / "dictionaries" / f"{name}.jsonnet").as_dict(quiet=True)
    assert config["dictionary"]["type"] == name
