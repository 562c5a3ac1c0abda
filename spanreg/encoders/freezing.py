"""Freezing of an encoder's weights."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedModel

from spanreg.registry import ConfigurationError
from spanreg.text.name_patterns import matching_names

Freeze = int | str | Sequence[str]

BELOW = ("embeddings", "embeddings_project")
"Names of the modules before the first layer in transformers models."


def freeze_weights(backbone: PreTrainedModel, freeze: Freeze) -> None:
    """Exclude weights from training.

    Args:
        backbone: the model.
        freeze: a number n, for the embeddings and the first n layers; or one or more regular expressions that are
            searched in the names of the weights.

    Raises:
        ConfigurationError: there are fewer than n layers; an expression is invalid or matches no weight; or the layers
            share their weights and cannot be counted.
    """
    if isinstance(freeze, int):
        below = [module for name, module in backbone.named_children() if name in BELOW]
        for module in [*below, *_first_layers(backbone, freeze)]:
            module.requires_grad_(False)
        return
    names = [name for name, _ in backbone.named_parameters()]
    for pattern in [freeze] if isinstance(freeze, str) else freeze:
        matching = _matching(pattern, names)
        for name in matching:
            backbone.get_parameter(name).requires_grad_(False)


def layer_stack(module: nn.Module, count: int, prefix: str = "") -> tuple[str, nn.ModuleList] | None:
    """Return the name and the list of an encoder's layers; None if it has no separate layers, as in ALBERT.

    Args:
        module: the backbone, or a module around it.
        count: number of layers, by the encoder's config.
        prefix: put before the name.
    """
    # transformers has no common name for the list of layers: it is the only one of that length.
    for name, part in module.named_modules(prefix=prefix):
        if isinstance(part, nn.ModuleList) and len(part) == count:
            return name, part
    return None


def _first_layers(backbone: PreTrainedModel, count: int) -> list[nn.Module]:
    total = backbone.config.num_hidden_layers
    if count > total:
        hint = f"give a number from 0 (embeddings alone) to {total}"
        raise ConfigurationError(f"{count} layers are more than the encoder's {total}", path="freeze", hint=hint)
    found = layer_stack(backbone, total)
    if found is None:
        problem = f"the layers of a '{backbone.config.model_type}' encoder cannot be counted"
        hint = "give a regular expression for the names of its weights"
        raise ConfigurationError(f"{problem}, because they share their weights", path="freeze", hint=hint)
    return list(found[1])[:count]


def _matching(pattern: str, names: Sequence[str]) -> list[str]:
    matching = matching_names(pattern, names, "freeze")
    if not matching:
        raise ConfigurationError(
            f"'{pattern}' matches none of the encoder's weights",
            path="freeze",
            hint=f"their names are like '{names[0]}' and '{names[-1]}'",
        )
    return matching
