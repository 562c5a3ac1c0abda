"""Try the parts of a model that are not this package's own, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.encoders.base import EncoderOutput
from spanreg.heads.base import HeadOutput
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError
from spanreg.registry.faults import contract_check, is_foreign


def require_sound_parts(model: SpanModel, make_batch: Callable[[], Mapping[str, Tensor]]) -> None:
    """Run a small batch through a model with a user's parts, and check types and shapes of their results.

    Weights, mode and random state do not change. A model of this package's own parts is not run.

    Args:
        model: the model, on any device.
        make_batch: returns a batch of a few examples; called only if the model is run.

    Raises:
        ConfigurationError: a part returns another type or shape than its family defines.
    """
    parts: dict[str, nn.Module] = {key: getattr(model, key) for key in ("encoder", "aggregator", "fusion", "head")}
    if not any(map(is_foreign, parts.values())):
        return
    # Hooks, not four calls: each part then gets the very inputs that the model gives it.
    batch = make_batch()
    expected = _expectations(model, batch)
    hooks = [part.register_forward_hook(_hook(key, expected[key])) for key, part in parts.items()]
    training, devices = model.training, [model.device] if model.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), torch.no_grad():
            model.train(False)
            model(**{name: values.to(model.device) for name, values in batch.items()})
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()


Check = Callable[[Any], str | None]
"Returns what is wrong with an output, or None."


def _expectations(model: SpanModel, batch: Mapping[str, Tensor]) -> dict[str, Check]:
    """Return a check of the output of each part, by its key in the config."""
    rows, tokens = batch["input_ids"].shape
    dim, aggregator = model.encoder.dim, model.aggregator
    lead = (rows, tokens) if model.token_level else (rows,)
    labels = model.config.num_labels

    def encoded(output: Any) -> str | None:
        return (
            _wrong_type(output, EncoderOutput)
            or _wrong_shape("tokens", output.tokens, (rows, tokens, dim), "batch, tokens, dim")
            or _wrong_shape("sentence", output.sentence, (rows, dim), "batch, dim")
        )

    def aggregated(output: Any) -> str | None:
        sizes = (rows, None, aggregator.span_channels)
        return (
            _wrong_type(output, AggregatorOutput)
            or _wrong_shape("sequence", output.sequence, (rows, aggregator.channels), "batch, channels")
            or _wrong_shape("spans", output.spans, sizes, "batch, spans, span_channels")
        )

    def fused(output: Any) -> str | None:
        names = "batch, tokens, out_dim" if model.token_level else "batch, out_dim"
        return _wrong_type(output, Tensor) or _wrong_shape("the result", output, (*lead, model.fusion.out_dim), names)

    def scored(output: Any) -> str | None:
        names = "batch, tokens, labels" if model.token_level else "batch, labels"
        return _wrong_type(output, HeadOutput) or _wrong_shape("logits", output.logits, (*lead, labels), names)

    return {"encoder": encoded, "aggregator": aggregated, "fusion": fused, "head": scored}


def _hook(key: str, check: Check) -> Callable[[nn.Module, Any, Any], None]:
    def compare(part: nn.Module, inputs: Any, output: Any) -> None:
        if problem := check(output):
            name = type(part).__name__
            hint = (
                f"correct what forward returns or what __init__ declares; {contract_check(type(part))} checks all of it"
            )
            raise ConfigurationError(f"{name}.forward: {problem}", path=key, hint=hint)

    return compare


def _wrong_type(output: Any, kind: type) -> str | None:
    article = "an" if kind.__name__[0] in "AEIO" else "a"
    problem = f"returns a {type(output).__name__}, expected {article} {kind.__name__}"
    return None if isinstance(output, kind) else problem


def _wrong_shape(field: str, value: Any, sizes: tuple[int | None, ...], names: str) -> str | None:
    """Return the difference of a shape from the declared one, in which None is any size; None if they are equal."""
    if not isinstance(value, Tensor):
        return f"{field} is a {type(value).__name__}, expected a Tensor"
    shape = tuple(value.shape)
    if len(shape) == len(sizes) and all(size in (None, actual) for actual, size in zip(shape, sizes, strict=True)):
        return None
    declared = ", ".join(
        name if size is None else f"{name} = {size}" for name, size in zip(names.split(", "), sizes, strict=True)
    )
    return f"{field} has shape {shape}, expected ({declared})"
