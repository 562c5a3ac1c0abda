"""A sample of the campaign with planted pickles; ``make fuzz`` runs it whole."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from registry_tests.campaigns import fuzz_pickles

FILES = ("inference.json", "dictionary.parquet", "model/config.json", "model/model.safetensors")

LOADERS: dict[str, Callable[[io.BytesIO], Any]] = {
    "pickle": pickle.load,
    "torch": lambda content: torch.load(content, weights_only=False),
    "npy": lambda content: np.load(content, allow_pickle=True),
    "npz": lambda content: np.load(content, allow_pickle=True)["words"],
}


def test_a_sample_of_the_pickles_in_a_run(finished: Path, tmp_path: Path) -> None:
    found, planted = fuzz_pickles.campaign(
        finished,
        tmp_path,
        fuzz_pickles.read_finished_run,
        names=FILES,
        beside=("model/pytorch_model.bin",),
        forms=("pickle",),
        seal=fuzz_pickles.forget_checksums,
    )
    assert (found, planted) == ([], 5)


@pytest.mark.parametrize("form", fuzz_pickles.FORMS)
def test_the_campaign_sees_a_pickle_that_is_loaded(tmp_path: Path, form: str) -> None:
    def load(folder: Path) -> Any:
        content = io.BytesIO((folder / "file").read_bytes())
        if not content.getvalue():
            return None
        return LOADERS[form](content)

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").touch()
    found, _ = fuzz_pickles.campaign(tmp_path / "source", tmp_path, load, forms=(form,))
    assert found == [f"file ({form})"]
