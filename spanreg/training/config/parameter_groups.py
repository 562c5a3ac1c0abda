"""Group the weights of a model by learning rate and weight decay."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from torch import nn

from spanreg.encoders.freezing import BELOW, layer_stack
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.name_patterns import matching_names
from spanreg.training.config.options import ParameterGroup, TrainingOptions

NEW_PARTS = ("aggregator.", "fusion.", "head.")
"Prefixes of the weights that start from random values, not from a pre-trained model."
# What FSDP, torch.compile and DDP put into the names of weights.
_WRAPPINGS = re.compile(r"_fsdp_wrapped_module\.|_orig_mod\.|^module\.")


def parameter_groups(
    named: Mapping[str, nn.Parameter], model: SpanModel, options: TrainingOptions, decaying: Collection[str]
) -> list[dict[str, Any]]:
    """Return groups for torch's optimizers; weights with the same learning rate and weight decay share one.

    Args:
        named: weights by name, frozen ones included.
        model: the model that they belong to.
        options: the ``training`` part of the config.
        decaying: names of the weights that weight decay applies to.

    Raises:
        ConfigurationError: the expression of a group is invalid, matches nothing, or only weights of earlier groups; or
            ``layer_decay`` is set, and the encoder has no layers.
    """
    trained = {_WRAPPINGS.sub("", name): weight for name, weight in named.items() if weight.requires_grad}
    decaying = {_WRAPPINGS.sub("", name) for name in decaying}
    rates = _rates(list(trained), model, options)
    decays = {name: options.weight_decay if name in decaying else 0.0 for name in trained}
    for name, group in _owners(list(trained), options.groups).items():
        rates[name] = rates[name] if group.learning_rate is None else group.learning_rate
        decays[name] = decays[name] if group.weight_decay is None else group.weight_decay
    # Few groups: torch's fused steps work on one group at a time.
    # In the order of the weights: a resumed run assigns the saved states of the optimizer by their places.
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for name, weight in trained.items():
        key = rates[name], decays[name]
        groups.setdefault(key, {"params": [], "lr": key[0], "weight_decay": key[1]})["params"].append(weight)
    return list(groups.values())


def _rates(names: Sequence[str], model: SpanModel, options: TrainingOptions) -> dict[str, float]:
    """Return the learning rates without ``groups``."""
    new = options.new_parts_learning_rate or options.learning_rate
    rates = {name: new if name.startswith(NEW_PARTS) else options.learning_rate for name in names}
    if options.layer_decay != 1:
        stack, layers = _layers(model)
        for name in (name for name in names if name.startswith("encoder.")):
            rates[name] *= options.layer_decay ** _layers_above(name, stack, layers)
    return rates


def _layers(model: SpanModel) -> tuple[str, int]:
    """Return the name of the encoder's list of layers, and their number."""
    config = model.encoder.backbone.config
    count = getattr(config, "num_hidden_layers", 0)
    found = layer_stack(model.encoder, count, prefix="encoder")
    if found is None:
        raise ConfigurationError(
            f"an encoder of the kind '{config.model_type}' has no separate layers",
            path="training.layer_decay",
            hint="leave the key out, or set training.groups",
        )
    return found[0], count


def _layers_above(name: str, stack: str, layers: int) -> int:
    """Return the number of layers above a weight of the encoder; 0 for weights outside of layers, such as a pooler."""
    if name.startswith(f"{stack}."):
        return layers - 1 - int(name[len(stack) + 1 :].partition(".")[0])
    return layers if any(f".{below}." in name for below in BELOW) else 0


def _owners(names: Sequence[str], groups: Sequence[ParameterGroup]) -> dict[str, ParameterGroup]:
    """Return the first group that matches, by the name of the weight."""
    owners: dict[str, ParameterGroup] = {}
    for number, group in enumerate(groups):
        path = f"training.groups.{number}.parameters"
        matching = matching_names(group.parameters, names, path)
        if not matching:
            hint = suggest(group.parameters, names, "weights")
            raise ConfigurationError(f"'{group.parameters}' matches no trained weight", path=path, hint=hint)
        fresh = [name for name in matching if name not in owners]
        # Earlier groups win; a group that no weight is left for has no effect, which the user cannot want.
        if not fresh:
            raise ConfigurationError(
                f"all {len(matching)} weights that '{group.parameters}' matches are in earlier groups",
                path=path,
                hint="put this group before them, or leave it out",
            )
        owners.update(dict.fromkeys(fresh, group))
    return owners
