"""Export to ONNX: the exported model equals the run's, and its folder has all files that the inputs need."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from spanreg.cli.main import main
from spanreg.integrations.onnx import PACKAGES, export_onnx
from spanreg.registry import ConfigurationError
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import SavedRun

needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in PACKAGES),
    reason="onnx, onnxruntime or onnxscript is not installed: they come with the extra 'onnx'",
)


@needs_onnx
def test_logits_equal_those_of_the_model_on_a_hundred_texts(finished: Path, tmp_path: Path) -> None:
    import onnxruntime

    out = tmp_path / "exported"
    assert main(["export", str(finished), "--onnx", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "dictionary.parquet",
        "environment.json",
        "inference.json",
        "manifest.json",
        "model",
        "model.onnx",
    ]
    draw = random.Random(0)
    words = ["the", "red", "fox", "by", "and", "large", "a", "bear", "saw", "naïve", "100"]
    texts = [" ".join(draw.choices(words, k=draw.randrange(20))) for _ in range(100)]
    inputs, session = SavedInputs(out), onnxruntime.InferenceSession(str(out / "model.onnx"))
    model = SavedRun(finished).model.float().eval()
    for start, end in ((0, 1), (1, 8), (8, 100)):
        batch = inputs.batch(texts[start:end])
        (logits,) = session.run(["logits"], {name: values.numpy() for name, values in batch.items()})
        with torch.no_grad():
            np.testing.assert_allclose(logits, model(**batch).logits.numpy(), rtol=0, atol=1e-4)


@needs_onnx
def test_an_existing_folder_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        export_onnx(SavedRun(finished), tmp_path)
    assert str(caught.value) == f"{tmp_path} exists already. name a new folder"


def test_a_missing_package_is_named(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda name: None)
    run = SavedRun(finished)
    with pytest.raises(ConfigurationError, match=r"the package 'onnx' is not installed\. .*spanreg\[onnx\]"):
        export_onnx(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
