"""Former names of moved public modules, which export the same objects as the new names."""

from __future__ import annotations

import importlib

import pytest

FORMER_NAMES = {
    "spanreg.text.words": "spanreg.text.unicode.words",
    "spanreg.training.examples": "spanreg.training.data.examples",
    "spanreg.training.experiment": "spanreg.training.config.experiment",
    "spanreg.training.options": "spanreg.training.config.options",
}


@pytest.mark.parametrize("name", FORMER_NAMES)
def test_former_modules_export_the_same_objects(name: str) -> None:
    former_module, module = importlib.import_module(name), importlib.import_module(FORMER_NAMES[name])
    assert former_module.__all__
    assert all(getattr(former_module, export) is getattr(module, export) for export in former_module.__all__)
