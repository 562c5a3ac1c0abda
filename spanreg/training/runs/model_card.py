"""The model card of a run, in the format of the model hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spanreg.storage import read_object
from spanreg.text.markup import markdown_code, markdown_text
from spanreg.training.runs.layout import RunFolder

CARD = "README.md"

LOADING = """The folder of this card holds all that is needed: weights, tokenizer, dictionary and segmenter.

```python
import spanreg

run = spanreg.load("FOLDER")  # finds the spans itself
predictions = run.score(["a text"]).predictions
```

In transformers:

```python
import spanreg.integrations.transformers  # registers the model's class
from transformers import AutoModelForSequenceClassification, pipeline

classify = pipeline("span-text-classification", model="FOLDER")  # finds the spans itself
model = AutoModelForSequenceClassification.from_pretrained("FOLDER")  # needs span_ids in addition to input_ids
```

From the command line: `spanreg predict FOLDER FILE`."""

LOADING_PLAIN = """The folder of this card holds all that is needed: weights and tokenizer.

```python
import spanreg.integrations.transformers  # registers the model's class
from transformers import AutoModelForSequenceClassification, pipeline

classify = pipeline("text-classification", model="FOLDER")
model = AutoModelForSequenceClassification.from_pretrained("FOLDER")
```

From the command line: `spanreg predict FOLDER FILE`. Where the architecture allows it,
`spanreg export FOLDER --transformers OUT` writes the model for transformers alone."""

_OF_SPANS = ("dictionary", "segmenter", "aggregator", "fusion")
"Parts that have no effect with the aggregator ``none``."


def model_card(run: RunFolder, folder: Path) -> str:
    """Return the model card of a run, as Markdown; every figure in it is from the run folder.

    Args:
        run: the run; its config, data and metrics are written.
        folder: the model folder.
    """
    config, metrics, data = run.read("config"), run.read("metrics"), run.read("data")
    environment, model = run.read("environment"), read_object(folder / "config.json")
    inference = run.read("inference")
    kind, plain = inference["task"]["kind"], is_plain(model["components"])
    parts = [
        _front_matter(config, metrics, model, kind),
        f"# {markdown_text(metrics['task'])} by {'plain' if plain else 'span'} fine-tuning",
        "A model of `spanreg`: an encoder, fine-tuned "
        + ("on its own. " if plain else "with a segmentation of every sentence into spans (Bao, Zhang and Zhao, ")
        + ("" if plain else "Findings of EMNLP 2021). ")
        + "The run that trained it wrote this card.",
        "## Figures",
        _figures(metrics, environment),
        "## Parts",
        _table(_components(config, model, inference["max_tokens"])),
        "## Data",
        _data(data),
        "## Training",
        _table(_training(config, metrics, environment)),
        "## How to load it",
        LOADING_PLAIN if plain else LOADING,
    ]
    return "\n\n".join(parts) + "\n"


def is_plain(components: Mapping[str, Any]) -> bool:
    """Return whether a model is an encoder and a head alone, by the configs of its parts."""
    aggregator = components["aggregator"]
    return (aggregator if isinstance(aggregator, str) else aggregator.get("type")) == "none"


def _front_matter(config: Mapping[str, Any], metrics: Mapping[str, Any], model: Mapping[str, Any], kind: str) -> str:
    """Return the front matter, whose values are JSON: a subset of YAML."""
    encoder = config["encoder"]
    pretrained = encoder.get("model") if isinstance(encoder, Mapping) else None
    tag = "token-classification" if kind == "token_classification" else "text-classification"
    results = [
        {
            "task": {"type": tag},
            "dataset": {"name": metrics["task"], "type": metrics["task"], "split": split},
            "metrics": [{"type": name, "value": value} for name, value in figures.items() if name != "loss"],
        }
        for split, figures in metrics["splits"].items()
        if figures
    ]
    fields = {
        "library_name": "transformers",
        "pipeline_tag": tag,
        "tags": ["spanreg", *([] if is_plain(model["components"]) else ["span-fine-tuning"])],
        # The hub links this name; a path of this machine would be no link, and would describe the machine.
        **({"base_model": pretrained} if pretrained and not pretrained.startswith((".", "/", "~", "pkg:")) else {}),
        "model-index": [{"name": f"{metrics['task']}-{model['model_type']}", "results": results}],
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _figures(metrics: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    rows = [
        f"| {markdown_text(split)} | {markdown_text(name)} | {value:.4f} |"
        for split, figures in metrics["splits"].items()
        for name, value in figures.items()
    ]
    note = (
        f"n seeds = 1 (seed {environment['seed']}). Splits other than `test` are development data: if a setting was "
        "chosen on them, their figures overestimate its performance."
    )
    return "\n".join(["| split | metric | value |", "|---|---|---|", *rows, "", note])


def _components(config: Mapping[str, Any], model: Mapping[str, Any], longest: int) -> dict[str, Any]:
    families = ("encoder", "dictionary", "segmenter", "aggregator", "fusion", "head")
    left_out = _OF_SPANS if is_plain(model["components"]) else ()
    shown = (name for name in families if name not in left_out)
    settings = {name: _code(config.get(name) or model["components"].get(name)) for name in shown}
    words = model.get("id2label") if model.get("problem_type") != "regression" else None
    labels = ", ".join(markdown_text(str(word)) for word in words.values()) if words else "one real value"
    return {"labels": labels, "longest input in tokens": longest, **settings}


def _data(data: Mapping[str, Any]) -> str:
    rows = [
        f"| {markdown_text(name)} | {split['examples']:,} | `{split['fingerprint'][:16]}` |"
        for name, split in data.items()
    ]
    return "\n".join(["| split | examples | fingerprint |", "|---|---|---|", *rows])


def _training(config: Mapping[str, Any], metrics: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    facts = metrics["training"]
    packages = {"spanreg": environment["spanreg"]["version"], "Python": environment["python"]} | environment["packages"]
    return {
        "settings": _code(config.get("training")),
        "steps": facts["steps"],
        "epochs": facts["epochs"],
        "precision and device": f"{facts['precision']} on {facts['device']}",
        "weights": f"{metrics['parameters']['all']:,}, of which {metrics['parameters']['trained']:,} trained",
        "versions": ", ".join(f"{name} {version}" for name, version in packages.items()),
    }


def _table(facts: Mapping[str, Any]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())])


def _code(value: Any) -> str:
    """Return a setting as JSON in one cell of a table."""
    return markdown_code(json.dumps(_placeless(value), ensure_ascii=False)) if value is not None else "default"


def _placeless(value: Any) -> Any:
    """Return the value with absolute paths, which describe one machine, cut to their file names."""
    if isinstance(value, Mapping):
        return {name: _placeless(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_placeless(inner) for inner in value]
    return Path(value).name if isinstance(value, str) and value.startswith(("/", "~")) else value
