"""Export of plain runs for transformers: equal logits without this package, and runs that cannot be exported."""

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
from transformers import AlbertConfig, AutoModel, BertConfig, LlamaConfig, RobertaConfig

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
}
TOKEN_ARCHITECTURES = {**ARCHITECTURES, "llama": LlamaConfig(**SIZES)}
"Llama's class for token classification calls its last layer differently, and it has no pooler."
WITHOUT_SPANREG = """
import json, sys
from transformers import pipeline
assert "spanreg" not in sys.modules
classify = pipeline(sys.argv[1], model=sys.argv[2])
assert "spanreg" not in sys.modules
print(json.dumps([classify(text) for text in json.loads(sys.argv[3])], default=float))
"""


@pytest.fixture
def train_plain_run(make_config: MakeConfig, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that trains one step of a plain run, with a small encoder of an architecture."""

    def make(architecture: str = "bert", **parts: Any) -> Path:
        config = TOKEN_ARCHITECTURES[architecture]
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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_equal_those_of_the_run(architecture: str, train_plain_run: Callable[..., Path], tmp_path: Path) -> None:
    run = SavedRun(train_plain_run(architecture))
    export_transformers(run, tmp_path / "out")
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    inputs = AutoTokenizer.from_pretrained(tmp_path / "out")(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        np.testing.assert_allclose(model(**inputs).logits.numpy(), run.score(TEXTS).logits, atol=1e-5)
    assert model.config.id2label == {0: "literal", 1: "figurative"}
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "span" not in text.replace("spanreg", "")


@pytest.mark.parametrize("architecture", TOKEN_ARCHITECTURES)
def test_a_token_run_is_exported(architecture: str, train_plain_run: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("the B-NP\nred I-NP\nfox I-NP\nsaw O\n\n" * 8, encoding="utf-8")
    data = {"type": "conll", "files": dict.fromkeys(("train", "validation"), str(tmp_path / "train.txt"))}
    run = SavedRun(train_plain_run(architecture, data=data, pooling="cls"))
    export_transformers(run, tmp_path / "out")
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "out")
    inputs = AutoTokenizer.from_pretrained(tmp_path / "out")(TEXTS[0], return_tensors="pt")
    with torch.no_grad():
        theirs = model(**inputs).logits
        ours = run.model(**run.batch(TEXTS[:1], None))["logits"]
    np.testing.assert_allclose(theirs.numpy(), ours.numpy(), atol=1e-5)
    assert list(model.config.id2label.values()) == list(run.task.labels)


def test_the_export_is_loaded_without_this_package(
    train_plain_run: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = train_plain_run()
    assert main(["export", str(folder / "model"), "--transformers", str(tmp_path / "out")]) == 0
    assert "transformers loads it without spanreg" in capsys.readouterr().out
    command = [sys.executable, "-c", WITHOUT_SPANREG, "text-classification", str(tmp_path / "out"), json.dumps(TEXTS)]
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
def test_other_runs_are_refused_with_the_reason(
    name: str, train_plain_run: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, reason = REFUSED[name]
    assert main(["export", str(train_plain_run(**parts)), "--transformers", str(tmp_path / "out")]) == 2
    assert f"the run cannot be exported for transformers: {reason}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="exists already. name a new folder"):
        export_transformers(SavedRun(finished), tmp_path)
