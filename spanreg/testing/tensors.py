"""Helps for the laws of the families that compute with tensors."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from spanreg.testing.contract import Subject, hold

RUBBISH = 7e5
"What padding holds: large, so that a leak is seen."


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers by a seed, the caller's own undisturbed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def made(subject: Subject, seed: int = 0) -> Any:
    """A component with the weights of a seed, in float64, dropping nothing."""
    with seeded(seed):
        module = subject.make()
    hold(isinstance(module, nn.Module), f"{type(module).__name__} is no torch.nn.Module")
    return module.double().eval()


def random(*shape: int, seed: int = 0) -> Tensor:
    """Random float64 values."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def token_batch(
    lengths: Sequence[Sequence[int]], dim: int, *, seed: int = 0, padding: int = 0, rubbish: float = RUBBISH
) -> tuple[Tensor, Tensor]:
    """Random token vectors and span ids of sequences given by the lengths of their spans.

    Args:
        lengths: of each sequence.
        dim: width of the token vectors.
        seed: of the vectors.
        padding: tokens beyond the longest sequence.
        rubbish: what the vectors of padding hold.

    Returns:
        Vectors in float64, shape: (batch, tokens, dim); span ids, -1 for padding, shape: (batch, tokens).
    """
    tokens = max(sum(spans) for spans in lengths) + padding
    span_ids = torch.full((len(lengths), tokens), -1)
    for row, spans in enumerate(lengths):
        span_ids[row, : sum(spans)] = torch.arange(len(spans)).repeat_interleave(torch.tensor(spans))
    return random(len(lengths), tokens, dim, seed=seed).where(span_ids.unsqueeze(-1) >= 0, rubbish), span_ids


def same(one: Tensor, other: Tensor, tolerance: float, what: str) -> None:
    """Holds that two results are the same.

    Raises:
        Broken: their shapes or their values differ.
    """
    hold(one.shape == other.shape, f"{what} has shape {tuple(one.shape)} once and {tuple(other.shape)} then")
    if not one.numel():
        return
    hold(bool(one.isfinite().all()), f"{what} is not finite")
    apart = (one - other).abs().max().item()
    hold(apart <= tolerance, f"{what} differs by {apart:.2g}")


def same_bits(one: Tensor | None, other: Tensor | None, what: str) -> None:
    """Holds that two results are the same to the bit.

    Raises:
        Broken: they are not.
    """
    equal = one is other or (one is not None and other is not None and torch.equal(one, other))
    hold(equal, f"{what} is not the same the second time")


def flows(inputs: dict[str, Tensor], module: nn.Module, result: Tensor, *, all_inputs: bool = True) -> None:
    """Holds that a gradient gets from a result to its inputs and to every weight that is trained.

    Raises:
        Broken: it does not, or it is not finite.
    """
    hold(result.requires_grad, "nothing in the result has a gradient")
    result.square().sum().backward()  # type: ignore[no-untyped-call]
    reached = {name: tensor.grad is not None and bool(tensor.grad.any()) for name, tensor in inputs.items()}
    if all_inputs or not any(reached.values()):
        missed = ", ".join(name for name, is_reached in reached.items() if not is_reached)
        hold(not missed, f"no gradient reaches {missed}")
    weights = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
    unused = [name for name, weight in weights.items() if weight.grad is None]
    hold(not unused, f"no gradient reaches the weights {', '.join(unused)}")
    for name, tensor in (inputs | weights).items():
        hold(tensor.grad is None or bool(tensor.grad.isfinite().all()), f"the gradient of {name} is not finite")


def reloaded(subject: Subject) -> tuple[Any, Any]:
    """A component, and one that began with other weights and then read the first one's from a file."""
    one, other = made(subject, seed=0), made(subject, seed=1)
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    return one, other
