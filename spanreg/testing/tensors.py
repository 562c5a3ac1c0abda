"""Helpers for the laws of families that compute with tensors."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from spanreg.testing.contract import ComponentCase, require

PADDING_VALUE = 7e5
"Value of padding in inputs: large, so that a leak into a result is noticed."


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Use random numbers of a seed within the block; the caller's generator is not changed."""
    # Without GPUs: their generators are slow to save, and the laws run on the CPU.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def made(subject: ComponentCase, seed: int = 0) -> Any:
    """Return a component with the weights of a seed, in float64, in evaluation mode."""
    # float64, so that the tolerance separates rounding from real differences.
    with seeded(seed):
        module = subject.make()
    require(isinstance(module, nn.Module), f"{type(module).__name__} is not a torch.nn.Module")
    return module.double().eval()


def random(*shape: int, seed: int = 0) -> Tensor:
    """Return random float64 values."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def token_batch(
    lengths: Sequence[Sequence[int]], dim: int, *, seed: int = 0, padding: int = 0, padding_value: float = PADDING_VALUE
) -> tuple[Tensor, Tensor]:
    """Return random token vectors and span ids of sequences given by the lengths of their spans.

    Args:
        lengths: lengths of the spans of each sequence.
        dim: width of the token vectors.
        seed: random seed of the vectors.
        padding: number of padding tokens after the longest sequence.
        padding_value: value of the vectors of padding.

    Returns:
        Vectors in float64, shape: (batch, tokens, dim); span ids, -1 for padding, shape: (batch, tokens).
    """
    tokens = max(sum(spans) for spans in lengths) + padding
    span_ids = torch.full((len(lengths), tokens), -1)  # padding, where no span is written
    for row, spans in enumerate(lengths):
        span_ids[row, : sum(spans)] = torch.arange(len(spans)).repeat_interleave(torch.tensor(spans))
    return random(len(lengths), tokens, dim, seed=seed).where(span_ids.unsqueeze(-1) >= 0, padding_value), span_ids


def require_same(one: Tensor, other: Tensor, tolerance: float, name: str) -> None:
    """Raise an error unless two results are equal up to a tolerance.

    Raises:
        LawViolation: the shapes or values differ.
    """
    require(one.shape == other.shape, f"{name} has shape {tuple(one.shape)} first and {tuple(other.shape)} then")
    if not one.numel():
        return
    # First, since a difference with NaN compares false with every tolerance.
    require(bool(one.isfinite().all()), f"{name} is not finite")
    apart = (one - other).abs().max().item()
    require(apart <= tolerance, f"{name} differs by {apart:.2g}")


def require_same_bits(one: Tensor | None, other: Tensor | None, name: str) -> None:
    """Raise an error unless two results are bit-identical.

    Raises:
        LawViolation: the results differ.
    """
    equal = one is other or (one is not None and other is not None and torch.equal(one, other))
    require(equal, f"{name} differs the second time")


def require_gradients(inputs: dict[str, Tensor], module: nn.Module, result: Tensor, *, all_inputs: bool = True) -> None:
    """Raise an error unless a result passes a finite gradient to its inputs and to every trained weight.

    Raises:
        LawViolation: a gradient is missing or not finite.
    """
    require(result.requires_grad, "nothing in the result has a gradient")
    # Squared, since the sum of some results, such as normalized ones, is constant and has no gradient.
    result.square().sum().backward()  # type: ignore[no-untyped-call]
    reached = {name: tensor.grad is not None and bool(tensor.grad.any()) for name, tensor in inputs.items()}
    if all_inputs or not any(reached.values()):
        missed = ", ".join(name for name, is_reached in reached.items() if not is_reached)
        require(not missed, f"no gradient reaches {missed}")
    weights = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
    unused = [name for name, weight in weights.items() if weight.grad is None]
    require(not unused, f"no gradient reaches the weights {', '.join(unused)}")
    for name, tensor in (inputs | weights).items():
        require(tensor.grad is None or bool(tensor.grad.isfinite().all()), f"the gradient of {name} is not finite")


def save_and_reload(subject: ComponentCase) -> tuple[Any, Any]:
    """Return a component, and another one of a different seed after loading the saved weights of the first."""
    one, other = made(subject, seed=0), made(subject, seed=1)
    # Through bytes, as in a run: an attribute that is no buffer gets lost on the way.
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    return one, other
