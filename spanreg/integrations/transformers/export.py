"""Export a plain run as a model of transformers, which loads without this package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, cast

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, PreTrainedModel
from transformers.models.auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING, MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING

from spanreg.registry import ConfigurationError
from spanreg.storage import require_text_path, whole_folder
from spanreg.training.runs.model_card import CARD, is_plain
from spanreg.training.serving.saved_run import SavedRun

TEXTS: Final = ("one two three", "Nobody spilled the beans, however cold it was.", "one")
"Texts on which both models are compared before the export is written."

TOLERANCE: Final = 1e-4
"Largest difference of the logits of both models, in float32."

_ENCODERS: Final = ("pretrained", "tiny")
_HEADS: Final = ("classification", "regression", "multi_label", "token_classification")
_SERVE: Final = "serve the run with 'spanreg predict', or export it with --onnx"


def export_transformers(run: SavedRun, out: Path) -> None:
    """Write a plain run as a model that ``AutoModelForSequenceClassification`` loads without this package.

    Before it is written, its logits are compared with those of the run on a few texts.

    ``export_transformers(SavedRun(Path("run")), Path("plain-model"))``

    Args:
        run: a finished run without spans (aggregator ``none``).
        out: the new folder; it appears whole or not at all.

    Raises:
        ConfigurationError: ``out`` exists already, or no class of transformers computes the same function; the
            message has the reason.
    """
    require_text_path(out)
    if out.exists():
        raise ConfigurationError(f"{out} exists already", hint="name a new folder")
    _require_plain(run)
    model = _with_weights(run, _empty(run))
    # A copy, since the run's own limit applies to its span tokenizer.
    tokenizer = deepcopy(run.tokenizer)
    tokenizer.model_max_length = run.settings.max_tokens
    _require_same(run, model, tokenizer)
    with whole_folder(out) as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
        (temporary / CARD).write_text(_card(run, model), encoding="utf-8")


def _require_plain(run: SavedRun) -> None:
    """Check that a class of transformers may compute the same function.

    Raises:
        ConfigurationError: a part of the model has no counterpart.
    """
    parts = {key: _type_of(config) for key, config in run.model.config.components.items()}
    encoder = cast(Any, run.model.encoder)
    if not is_plain(run.model.config.components):
        raise _refusal(f"it reads spans (aggregator '{parts['aggregator']}')", _SERVE)
    if parts["encoder"] not in _ENCODERS:
        raise _refusal(f"its encoder '{parts['encoder']}' is not a plain model of transformers", _SERVE)
    if getattr(encoder, "mix", None) is not None:
        raise _refusal("its encoder mixes the vectors of all layers (encoder.states: 'mix')", _SERVE)
    if parts["fusion"] != "concat":
        raise _refusal(f"its fusion '{parts['fusion']}' changes the sentence vector", _SERVE)
    if parts["head"] not in _HEADS:
        raise _refusal(f"its head '{parts['head']}' is not a linear layer", _SERVE)
    if not run.model.token_level and encoder.pooling != "pooler":
        raise _refusal(
            f"its sentence vector is pooled by '{encoder.pooling}', transformers' classes use the model's own pooler",
            "train it with encoder.pooling: 'pooler'; or " + _SERVE,
        )


def _empty(run: SavedRun) -> PreTrainedModel:
    """Return a model of transformers for the run's task, with random weights."""
    backbone = run.model.encoder.backbone
    token_level = run.model.token_level
    known = MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING if token_level else MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING
    if type(backbone.config) not in known:
        raise _refusal(f"transformers has no classifier for the architecture '{backbone.config.model_type}'", _SERVE)
    config, own = deepcopy(backbone.config), run.model.config
    config.id2label, config.label2id, config.problem_type = own.id2label, own.label2id, own.problem_type
    loader: Any = AutoModelForTokenClassification if token_level else AutoModelForSequenceClassification
    model: PreTrainedModel = loader.from_config(config)
    model.train(False)  # without dropout, so that the logits of both models can be compared
    return model


def _with_weights(run: SavedRun, model: PreTrainedModel) -> PreTrainedModel:
    """Copy the run's weights into a model of transformers."""
    backbone, scorer = run.model.encoder.backbone, cast(nn.Linear, cast(Any, run.model.head).scorer)
    base = getattr(model, model.base_model_prefix)
    # [0]: missing weights. A pooler may be on one side only; where it is used, the head below gets its weights.
    missing = [name for name in base.load_state_dict(backbone.state_dict(), strict=False)[0] if "pooler" not in name]
    # The classes for token classification of decoders, such as Llama, have it under the second name.
    head = getattr(model, "classifier", getattr(model, "score", None))
    layers: list[tuple[nn.Linear, Any]] = [(scorer, head)]
    if not isinstance(head, nn.Linear):
        # As in RoBERTa, whose classifier contains the pooler's layer.
        whole = getattr(backbone, "pooler", None) or nn.Module()
        pooler = next((one for one in whole.modules() if isinstance(one, nn.Linear)), None)
        if pooler is None:
            raise _unlike(model)
        layers = [(scorer, getattr(head, "out_proj", None)), (pooler, getattr(head, "dense", None))]
    # A missing place (None) is compared by the bias, which never has the shape of the weight.
    if missing or any(getattr(place, "weight", source.bias).shape != source.weight.shape for source, place in layers):
        raise _unlike(model)
    for source, place in layers:
        place.load_state_dict(source.state_dict())
    return model


def _require_same(run: SavedRun, model: PreTrainedModel, tokenizer: Any) -> None:
    """Check that both models return the same logits, in float32.

    Raises:
        ConfigurationError: they differ.
    """
    pairs = TEXTS[::-1] if run.task.pair else None
    theirs = _logits(run, model, tokenizer, TEXTS, pairs)
    batch = {name: values.to(run.device) for name, values in run.batch(TEXTS, pairs).items()}
    with torch.no_grad():
        ours = run.model.train(False)(**batch).logits.float().cpu()
    if theirs.shape != ours.shape or not torch.allclose(theirs, ours, atol=TOLERANCE):
        raise _unlike(model)


def _logits(
    run: SavedRun, model: PreTrainedModel, tokenizer: Any, texts: Sequence[str], pairs: Sequence[str] | None
) -> Tensor:
    """Return the logits of the exported model, shape: (batch, labels) or (batch, tokens, labels)."""
    inputs = tokenizer(
        list(texts),
        None if pairs is None else list(pairs),
        padding=True,
        truncation=True,
        max_length=run.settings.max_tokens,
        return_tensors="pt",
    )
    with torch.no_grad():
        return cast(Tensor, model(**inputs).logits.float())


def _type_of(config: Any) -> str:
    return str(config if isinstance(config, str) else config.get("type", "pretrained"))


def _refusal(reason: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"the run cannot be exported for transformers: {reason}", hint=hint)


def _unlike(model: PreTrainedModel) -> ConfigurationError:
    return _refusal(f"{type(model).__name__} computes something else from the same weights", _SERVE)


def _card(run: SavedRun, model: PreTrainedModel) -> str:
    """Return the model card of the exported folder."""
    task = "token-classification" if run.model.token_level else "text-classification"
    bounds = run.task.bounds
    lines = [
        "---",
        f"library_name: transformers\npipeline_tag: {task}",
        "---",
        # Escaped as in JSON: a name with a line feed would start Markdown of its own.
        f"# {json.dumps(run.task.name)[1:-1]} by plain fine-tuning",
        "Trained with `spanreg`; it loads with transformers alone:",
        f'```python\nfrom transformers import pipeline\n\nclassify = pipeline("{task}", model="FOLDER")\n```',
        f"The class is `{type(model).__name__}`; inputs are truncated to {run.settings.max_tokens} tokens.",
        *([f"Clip values outside of {bounds[0]} to {bounds[1]} to the nearer bound."] if bounds else []),
    ]
    return "\n".join(lines[:3]) + "\n\n" + "\n\n".join(lines[3:]) + "\n"
