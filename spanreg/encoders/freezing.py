"""Which of an encoder's weights stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedModel

from spanreg.registry import ConfigurationError

Freeze = int | str | Sequence[str]

BELOW = ("embeddings", "embeddings_project")
"Names of what lies below the first layer in transformers models."


def freeze_weights(backbone: PreTrainedModel, freeze: Freeze) -> None:
    """Takes weights out of training.

    Args:
        backbone: whose weights.
        freeze: a number n for the embeddings and the first n layers; or one or more regular expressions, each looked
            for in the names of the weights.

    Raises:
        ConfigurationError: there are fewer layers, an expression is none or matches nothing, or the layers share
            their weights, so that they cannot be counted.
    """
    if isinstance(freeze, int):
        for module in _lowest(backbone, freeze):
            module.requires_grad_(False)
        return
    names = [name for name, _ in backbone.named_parameters()]
    for pattern in [freeze] if isinstance(freeze, str) else freeze:
        matching = _matching(pattern, names)
        for name in matching:
            backbone.get_parameter(name).requires_grad_(False)


def _lowest(backbone: PreTrainedModel, count: int) -> list[nn.Module]:
    """The embeddings and the first layers."""
    layers = _layers(backbone)
    if count > len(layers):
        raise ConfigurationError(
            f"{count} layers are more than the encoder's {len(layers)}",
            path="freeze",
            hint=f"give a number from 0, the embeddings alone, to {len(layers)}",
        )
    below = [module for name, module in backbone.named_children() if name in BELOW]
    return [*below, *layers[:count]]


def _layers(backbone: PreTrainedModel) -> list[nn.Module]:
    expected = backbone.config.num_hidden_layers
    for module in backbone.modules():
        if isinstance(module, nn.ModuleList) and len(module) == expected:
            return list(module)
    raise ConfigurationError(
        f"an encoder of the kind '{backbone.config.model_type}' has no layers of their own to count",
        path="freeze",
        hint="give a regular expression over the names of its weights",
    )


def _matching(pattern: str, names: Sequence[str]) -> list[str]:
    try:
        matching = [name for name in names if re.search(pattern, name)]
    except re.error as error:
        raise ConfigurationError(
            f"'{pattern}' is no regular expression ({error})", path="freeze", hint="escape its special characters"
        ) from error
    if not matching:
        raise ConfigurationError(
            f"'{pattern}' matches none of the encoder's weights",
            path="freeze",
            hint=f"their names are like '{names[0]}' and '{names[-1]}'",
        )
    return matching
