"""A plain run as a model of transformers alone: the same logits, without this package."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AlbertConfig, AutoModel, BertConfig, DistilBertConfig, ElectraConfig, RobertaConfig

from spanreg.cli.main import main
from spanreg.encoders.tiny import TinyEncoder
from spanreg.integrations.transformers.export import export_transformers
from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
TEXTS = ["the red fox saw a brown bear", "he spilled the beans", "one"]
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
ARCHITECTURES = {
    "bert": BertConfig(**SIZES),
    "roberta": RobertaConfig(**SIZES, type_vocab_size=2),
    "albert": AlbertConfig(**SIZES, embedding_size=8),
    "electra": ElectraConfig(**SIZES, embedding_size=16),
    "distilbert": DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=32),
}
ALONE = """
import json, sys
from transformers import pipeline
assert "spanreg" not in sys.modules
classify = pipeline(sys.argv[1], model=sys.argv[2])
assert "spanreg" not in sys.modules
print(json.dumps([classify(text) for text in json.loads(sys.argv[3])], default=float))
"""


@pytest.fixture
def run_of(make_config: MakeConfig, tmp_path: Path) -> Callable[..., Path]:
    """Trains a plain run of one step on a small encoder of an architecture."""

    def make(architecture: str = "bert", **parts: Any) -> Path:
        config = ARCHITECTURES[architecture]
        tokenizer = TinyEncoder(TEXTS).tokenizer
        config.vocab_size, config.pad_token_id = len(tokenizer), tokenizer.pad_token_id
        torch.manual_seed(0)
        AutoModel.from_config(config).save_pretrained(tmp_path / "encoder")
        tokenizer.save_pretrained(tmp_path / "encoder")
        pooling = parts.pop("pooling", "pooler")
        encoder = {"type": "pretrained", "model": str(tmp_path / "encoder"), "pooling": pooling}
        plain = {"encoder": encoder, "aggregator": "none", "dictionary": None, "segmenter": None, **parts}
        train(Params(make_config({"max_steps": 1, "precision": "fp32"}, **plain)), tmp_path / "run")
        return tmp_path / "run"

    return make


@pytest.mark.parametrize("architecture", ["bert", "roberta", "albert"])
def test_the_pooler_s_architectures_give_the_same(
    architecture: str, run_of: Callable[..., Path], tmp_path: Path
) -> None:
    run = SavedRun(run_of(architecture))
    export_transformers(run, tmp_path / "out")
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    inputs = AutoTokenizer.from_pretrained(tmp_path / "out")(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        np.testing.assert_allclose(model(**inputs).logits.numpy(), run.score(TEXTS).logits, atol=1e-5)
    assert model.config.id2label == {0: "literal", 1: "figurative"}
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "span" not in text.replace("spanreg", "")


def test_transformers_loads_it_without_this_package(
    run_of: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_of()
    assert main(["export", str(folder / "model"), "--transformers", str(tmp_path / "out")]) == 0
    assert "transformers loads it without spanreg" in capsys.readouterr().out
    command = [sys.executable, "-c", ALONE, "text-classification", str(tmp_path / "out"), json.dumps(TEXTS)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    labels = ["literal", "figurative"]
    logits = torch.from_numpy(np.asarray(SavedRun(folder).score(TEXTS).logits))
    for (answer,), row in zip(json.loads(done.stdout), logits, strict=True):
        assert answer["label"] == labels[int(row.argmax())]
        assert answer["score"] == pytest.approx(float(row.softmax(-1).max()), abs=1e-4)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "spans": ({"aggregator": "mean_pool", "segmenter": "single"}, "it reads spans (aggregator 'mean_pool')"),
    "pooling": (
        {"pooling": "cls"},
        "its sentence vector is pooled by 'cls', transformers' classes use the model's",
    ),
    "fusion": ({"fusion": "add"}, "its fusion 'add' changes the sentence vector"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_with_the_reason(
    name: str, run_of: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, said = REFUSED[name]
    assert main(["export", str(run_of(**parts)), "--transformers", str(tmp_path / "out")]) == 2
    assert f"the run cannot be exported for transformers: {said}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_not_replaced(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="exists already. name a new folder"):
        export_transformers(SavedRun(finished), tmp_path)
