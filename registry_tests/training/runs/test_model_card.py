"""``model_card``: the card of a run as the hub reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard

from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.model_card import model_card


def read_json(folder: Path, name: str) -> Any:
    """Return the content of one of the JSON files of a run."""
    return json.loads((folder / f"{name}.json").read_text())


def test_the_card_has_the_figures_and_facts_of_the_run(finished: Path) -> None:
    text = (finished / "model" / "README.md").read_text()
    card = ModelCard(text)
    figures = read_json(finished, "metrics")["splits"]
    (model,) = yaml.safe_load(text.split("---")[1])["model-index"]
    assert [result["dataset"]["split"] for result in model["results"]] == list(figures)
    for result in model["results"]:
        expected = figures[result["dataset"]["split"]]
        assert {metric["type"]: metric["value"] for metric in result["metrics"]} == {
            name: value for name, value in expected.items() if name != "loss"
        }
    assert card.data.pipeline_tag == "text-classification"
    for split, facts in read_json(finished, "data").items():
        assert f"| {split} | {facts['examples']:,} | `{facts['fingerprint'][:16]}` |" in text
    assert "n seeds = 1 (seed 5)" in text
    assert f"| longest input in tokens | {read_json(finished, 'inference')['max_tokens']} |" in text
    for package, version in read_json(finished, "environment")["packages"].items():
        assert f"{package} {version}" in text


def test_the_card_has_no_paths_of_the_machine(finished: Path) -> None:
    corpus = read_json(finished, "config")["dictionary"]["corpus"]
    text = model_card(RunFolder(finished), finished / "model")
    assert corpus.startswith("/")
    assert corpus not in text
    assert Path(corpus).name in text
