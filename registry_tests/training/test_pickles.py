"""Pickles planted in a run folder are not loaded: a sample of the campaign that ``make fuzz`` runs in full."""

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
"Unsafe loaders of each form of a pickle."


def test_no_pickle_planted_in_a_run_is_loaded(finished: Path, tmp_path: Path) -> None:
    faults, planted = fuzz_pickles.campaign(
        finished,
        tmp_path,
        fuzz_pickles.read_finished_run,
        names=FILES,
        beside=("model/pytorch_model.bin",),
        forms=("pickle",),
        seal=fuzz_pickles.forget_checksums,
    )
    assert (faults, planted) == ([], 5)  # four files replaced, and one added


@pytest.mark.parametrize("form", fuzz_pickles.FORMS)
def test_the_campaign_detects_a_loader_of_pickles(tmp_path: Path, form: str) -> None:
    def load(folder: Path) -> Any:
        content = io.BytesIO((folder / "file").read_bytes())
        if not content.getvalue():  # the file of the source, which the campaign reads first
            return None
        return LOADERS[form](content)

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").touch()
    faults, _ = fuzz_pickles.campaign(tmp_path / "source", tmp_path, load, forms=(form,))
    assert faults == [f"file ({form})"]
