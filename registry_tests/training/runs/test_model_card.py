"""The model card: read as the hub reads it, and compared with the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard

from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.model_card import model_card


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


def test_is_what_the_run_knows(finished: Path) -> None:
    text = (finished / "model" / "README.md").read_text()
    card = ModelCard(text)
    figures = read(finished, "metrics")["splits"]
    (model,) = yaml.safe_load(text.split("---")[1])["model-index"]
    assert [result["dataset"]["split"] for result in model["results"]] == list(figures)
    for result in model["results"]:
        expected = figures[result["dataset"]["split"]]
        assert {one["type"]: one["value"] for one in result["metrics"]} == {
            name: value for name, value in expected.items() if name != "loss"
        }
    assert card.data.pipeline_tag == "text-classification"
    for split, facts in read(finished, "data").items():
        assert f"| {split} | {facts['examples']:,} | `{facts['fingerprint'][:16]}` |" in text
    assert "n seeds = 1 (seed 5)" in text
    assert f"| longest input in tokens | {read(finished, 'inference')['max_tokens']} |" in text
    for package, version in read(finished, "environment")["packages"].items():
        assert f"{package} {version}" in text


def test_names_no_place_on_the_machine(finished: Path) -> None:
    corpus = read(finished, "config")["dictionary"]["corpus"]
    text = model_card(RunFolder(finished), finished / "model")
    assert corpus.startswith("/")
    assert corpus not in text
    assert Path(corpus).name in text
