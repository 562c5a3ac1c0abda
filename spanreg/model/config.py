"""The config of a span model, as it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from transformers import CONFIG_MAPPING, AutoConfig, PreTrainedConfig

from spanreg.data.base import TaskKind
from spanreg.encoders.sources import HUB_CODE, IMPLEMENTATIONS
from spanreg.registry import ConfigurationError
from spanreg.registry.names import spell_value

PROBLEM_TYPES: dict[TaskKind, str] = {
    "classification": "single_label_classification",
    "multi_label": "multi_label_classification",
}
"The kinds of task by transformers' names; regression is recognized by having no labels."

_UNSAFE_FIELDS = ("auto_map", "distributed_config", "quantization_config")
"""Fields of transformers configs that name code or import other packages. A saved span model needs none of them, nor
private fields (``_...``), which would set attributes of the config object."""
_AGAIN = "copy the whole folder again, or save the model again"
"Hint for a damaged config."
_MOST_PARTS = 1000
"Largest number of layers, groups or experts: the model is built from it before its weights show that it is wrong."


class SpanModelConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """The config of a ``SpanModel``: all that is needed to build it again, in plain JSON.

    ``SpanModelConfig.from_pretrained("run/model").max_tokens``

    Parameters:
        components: the configs of ``encoder``, ``aggregator``, ``fusion`` and ``head``, as in a config file.
        backbone: the encoder's own transformers config, or the dict that was saved.
        max_tokens: longest sequence of the encoder, special tokens included.
        span_layers: number of segmentations of each sequence; default 1.
        label_words: label words in the order of their ids, empty for regression; saved as ``id2label`` and
            ``label2id``.
        kind: kind of the task; saved as ``problem_type`` if transformers has a name for it.

    Raises:
        ConfigurationError: this version of transformers does not know the kind of the saved backbone, or a number is
            not an integer of at least 0.
    """

    model_type: ClassVar[str] = "spanreg"
    sub_configs: ClassVar[dict[str, Any]] = {"backbone": AutoConfig}
    # Without this, the predictions of transformers' Trainer would include the features.
    keys_to_ignore_at_inference: ClassVar[list[str]] = ["features"]

    def __init__(
        self,
        components: Mapping[str, Any] | None = None,
        backbone: PreTrainedConfig | Mapping[str, Any] | None = None,
        max_tokens: int | None = None,
        span_layers: int = 1,
        label_words: Sequence[str] | None = None,
        kind: TaskKind = "classification",
        **kwargs: Any,
    ) -> None:
        _require_sizes(max_tokens=max_tokens, span_layers=span_layers)
        # Only a new model gives its label words; a saved config has the fields for them in ``kwargs``.
        super().__init__(**(_labels(label_words, kind) if label_words is not None else {}), **_safe(kwargs))
        # A copy: transformers changes configs in place.
        self.components = deepcopy(dict(components or {}))
        self.max_tokens = max_tokens
        self.span_layers = span_layers
        # After the base class, which would reset the attention that a backbone in memory uses.
        self.backbone = _backbone_config(backbone)
        if self.backbone is not None and self._attn_implementation is not None:
            self.backbone._attn_implementation = self._attn_implementation

    def to_diff_dict(self) -> dict[str, Any]:
        """Return the fields that transformers writes, with all fields of the backbone.

        The path that the backbone was read from, which describes one machine, and its precision, which is the whole
        model's, are left out.
        """
        # All fields of the backbone: its defaults may differ in another version of transformers.
        plain: dict[str, Any] = super().to_diff_dict()
        if self.backbone is not None:
            fields = self.backbone.to_dict()
            plain["backbone"] = {key: fields[key] for key in fields if key not in ("_name_or_path", "dtype")}
        return plain


def _require_sizes(**sizes: int | None) -> None:
    """Check the numbers of a config, which may be a stranger's file: transformers does not check their types."""
    for name, value in sizes.items():
        if value is not None and (type(value) is not int or value < 0):
            raise ConfigurationError(
                f"expected an integer of at least 0, got {spell_value(value)}",
                path=name,
                hint=_AGAIN,
            )


def _labels(words: Sequence[str], kind: TaskKind) -> dict[str, Any]:
    """Return the fields of a transformers config for the labels; regression has one output."""
    if not words:
        return {"num_labels": 1, "problem_type": "regression"}
    numbered = dict(enumerate(words))
    return {
        "id2label": numbered,
        "label2id": {word: number for number, word in numbered.items()},
        # transformers rejects ``single_label_classification`` for a single label.
        "problem_type": PROBLEM_TYPES.get(kind) if len(words) > 1 else None,
    }


def _safe(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a saved config without those that name code, at every depth.

    Raises:
        ConfigurationError: an implementation of attention or experts is code from the hub, or there are more layers
            than any model has.
    """
    for key in IMPLEMENTATIONS:
        if HUB_CODE.search(str(fields.get(key) or "")):
            raise ConfigurationError(
                f"'{fields[key]}' is code from the hub, which a saved model must not run",
                path=key,
                hint="remove it from config.json; to run that code anyway, call model.set_attn_implementation",
            )
    for key, value in fields.items():
        # Architectures name these fields differently (num_hidden_layers, n_layer, num_blocks), so any such name counts.
        if re.search("layer|group|block|expert|stage", str(key)) and isinstance(value, int) and value > _MOST_PARTS:
            raise ConfigurationError(
                f"is {value:.3g}, more than the {_MOST_PARTS:,} that a saved model may have",
                path=key,
                hint=_AGAIN,
            )
    return {
        key: _safe(value) if isinstance(value, Mapping) else value
        for key, value in fields.items()
        if key not in _UNSAFE_FIELDS and not str(key).startswith("_")
    }


def _backbone_config(backbone: PreTrainedConfig | Mapping[str, Any] | None) -> PreTrainedConfig | None:
    if backbone is None or isinstance(backbone, PreTrainedConfig):
        return backbone
    fields = _safe(backbone)
    kind = fields.pop("model_type", None)
    if kind not in CONFIG_MAPPING:
        raise ConfigurationError(
            f"the saved encoder is of the kind '{kind}', which this version of transformers does not know",
            path="backbone.model_type",
            hint="load the model with the version of transformers that it was saved with, or a newer one",
        )
    try:
        return CONFIG_MAPPING[kind](**fields)
    except Exception as error:  # some hundred classes raise various errors
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"the config of the saved encoder does not fit its kind '{kind}' ({reason[:200]})",
            path="backbone",
            hint=_AGAIN,
        ) from error
