"""Modules that moved and that users import: their former names give the same objects."""

from __future__ import annotations

import importlib

import pytest

FORMER = {
    "spanreg.text.words": "spanreg.text.unicode.words",
    "spanreg.training.examples": "spanreg.training.data.examples",
    "spanreg.training.experiment": "spanreg.training.config.experiment",
    "spanreg.training.options": "spanreg.training.config.options",
}


@pytest.mark.parametrize("name", FORMER)
def test_a_former_name_gives_the_same_objects(name: str) -> None:
    former, today = importlib.import_module(name), importlib.import_module(FORMER[name])
    assert former.__all__
    assert all(getattr(former, one) is getattr(today, one) for one in former.__all__)
