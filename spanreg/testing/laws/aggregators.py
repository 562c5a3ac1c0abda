"""Laws of the aggregators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.tensors import RUBBISH, flows, made, reloaded, same, same_bits, seeded, token_batch

CASES: list[dict[str, Any]] = [{"dim": 6, "layers": 2}]

LENGTHS = [[2, 1, 3], [1, 2], [1], [1, 1, 1, 1], [5]]
"Of the spans of the sequences that the laws are tried on."

EXTREMES = {
    "one token": [[1]],
    "one span": [[12]],
    "single words": [[1] * 12],
    "one token beside many": [[1], [5, 1]],
    "512 spans": [[1] * 512],
    "a span of 512 tokens": [[512]],
    "an empty second sentence": [[1, 3, 1, 1]],
}


class Coarser(nn.Module):
    """Hands an aggregator of several segmentations a second one, in which every two spans are one.

    So it is asked like those that take one, and held to the same laws; padding stays -1.
    """

    def __init__(self, aggregator: Aggregator) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.channels, self.span_channels = aggregator.channels, aggregator.span_channels

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        layers = torch.stack((span_ids, span_ids.div(2, rounding_mode="floor")), 1)  # shape: (batch, 2, tokens)
        aggregated: AggregatorOutput = self.aggregator(tokens, layers)
        return aggregated


def with_one_segmentation(aggregator: Any) -> Any:
    """The aggregator itself, or in a form that takes one segmentation where it wants several."""
    return Coarser(aggregator) if aggregator.segmentations == "several" else aggregator


def aggregator_of(subject: Subject) -> Any:
    """The aggregator with the weights of a seed, in float64, to be asked with one segmentation."""
    return with_one_segmentation(made(subject))


def batch(subject: Subject, lengths: Any = LENGTHS, rubbish: float = RUBBISH) -> tuple[Tensor, Tensor]:
    """Token vectors and span ids."""
    return token_batch(lengths, subject.extras["dim"], rubbish=rubbish)


def widths_are_as_declared(subject: Subject) -> None:
    """``channels`` and ``span_channels`` are the widths of what comes out."""
    aggregator = aggregator_of(subject)
    result = aggregator(*batch(subject))
    hold(isinstance(result, AggregatorOutput), f"forward gives a {type(result).__name__} and not an AggregatorOutput")
    rows = len(LENGTHS)
    expected = (rows, aggregator.channels)
    hold(result.sequence.shape == expected, f"sequence has shape {tuple(result.sequence.shape)}, declared {expected}")
    shape = tuple(result.spans.shape)
    declared = f"(batch = {rows}, spans, span_channels = {aggregator.span_channels})"
    fits = len(shape) == 3 and (shape[0], shape[2]) == (rows, aggregator.span_channels)
    hold(fits, f"spans has shape {shape}, declared {declared}")


def exists_tells_spans_from_padding(subject: Subject) -> None:
    """``exists`` marks at least one span of each sequence, and vectors that it does not mark are 0."""
    aggregator = aggregator_of(subject)
    if not aggregator.channels:
        return
    result = aggregator(*batch(subject))
    hold(result.exists is not None, "exists is None, so nobody knows which span vectors are padding")
    shape, dtype = tuple(result.exists.shape), result.exists.dtype
    hold(dtype == torch.bool, f"exists is of {dtype}, not of torch.bool")
    hold(shape == result.spans.shape[:2], f"exists has shape {shape}, span vectors {tuple(result.spans.shape)}")
    hold(bool(result.exists.any(1).all()), "exists marks no span of some sequence")
    hold(not result.spans[~result.exists].any(), "span vectors that do not exist are not 0")


def padding_changes_nothing(subject: Subject) -> None:
    """Padding on either side, whatever it holds, leaves the sequence vectors as they are."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    whole = aggregator(tokens, span_ids).sequence
    for left, right in ((0, 7), (3, 0), (2, 2)):
        padded = aggregator(longer(tokens, RUBBISH, left, right), longer(span_ids, -1, left, right)).sequence
        where = f"with {left} padded tokens before and {right} behind, sequence"
        same(padded, whole, subject.tolerance, where)


def longer(states: Tensor, value: float, left: int, right: int) -> Tensor:
    """Padded at its ends."""
    shape = states.shape[2:]
    before, after = (states.new_full((len(states), width, *shape), value) for width in (left, right))
    return torch.cat((before, states, after), 1)


def the_order_of_a_batch_changes_nothing(subject: Subject) -> None:
    """Sequences in another order give the same vectors in that order."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    order = torch.tensor([3, 0, 4, 2, 1])
    moved, whole = aggregator(tokens[order], span_ids[order]), aggregator(tokens, span_ids)
    same(moved.sequence, whole.sequence[order], subject.tolerance, "sequence")


def batch_mates_change_nothing(subject: Subject) -> None:
    """A sequence alone has the vectors that it has among others."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    whole = aggregator(tokens, span_ids)
    for row, spans in enumerate(LENGTHS):
        length = sum(spans)
        alone = aggregator(tokens[row : row + 1, :length], span_ids[row : row + 1, :length])
        same(alone.sequence[0], whole.sequence[row], subject.tolerance, f"sequence {row}, alone and in a batch,")
        if whole.exists is not None and alone.exists is not None:
            mine, among = alone.spans[0][alone.exists[0]], whole.spans[row][whole.exists[row]]
            same(mine, among, subject.tolerance, f"spans of sequence {row}, alone and in a batch,")


def any_segmentation_will_do(subject: Subject) -> None:
    """One token, one span, single words, 512 of each: results and gradients are finite."""
    aggregator = aggregator_of(subject)
    if not aggregator.channels:
        return
    for name, lengths in EXTREMES.items():
        tokens, span_ids = batch(subject, lengths)
        result = aggregator(tokens.requires_grad_(), span_ids).sequence
        hold(bool(result.isfinite().all()), f"with {name}, sequence is not finite")
        (gradient,) = torch.autograd.grad(result.sum(), tokens, allow_unused=True)
        hold(gradient is not None, f"with {name}, no gradient reaches the tokens")
        hold(bool(gradient.isfinite().all()), f"with {name}, the gradient is not finite")


def gradients_flow(subject: Subject) -> None:
    """The sequence vector passes a gradient to the tokens, to no padding, and to every weight."""
    aggregator = aggregator_of(subject)
    if not aggregator.channels:
        return
    tokens, span_ids = batch(subject, rubbish=0.5)
    tokens.requires_grad_()
    flows({"the tokens": tokens}, aggregator, aggregator(tokens, span_ids).sequence)
    assert tokens.grad is not None
    hold(not tokens.grad[span_ids < 0].any(), "padding gets a gradient")


def results_are_repeated_to_the_bit(subject: Subject) -> None:
    """The same seed and input give the same weights, results and gradients, in training too."""
    found = []
    for _ in range(2):
        aggregator = aggregator_of(subject).float().train()
        tokens, span_ids = batch(subject, rubbish=0.5)
        tokens = tokens.float().requires_grad_()
        with seeded(1):
            sequence = aggregator(tokens, span_ids).sequence
        if sequence.requires_grad:
            sequence.square().sum().backward()
        found.append([sequence, tokens.grad, *(weight.grad for weight in aggregator.parameters())])
    for one, other in zip(*found, strict=True):
        same_bits(one, other, "a result or a gradient")


def saved_weights_are_all_there_is(subject: Subject) -> None:
    """What ``state_dict`` holds makes another instance compute the same."""
    one, other = map(with_one_segmentation, reloaded(subject))
    tokens, span_ids = batch(subject)
    same(other(tokens, span_ids).sequence, one(tokens, span_ids).sequence, 0.0, "sequence after saving and loading")


def runs_in_bfloat16(subject: Subject) -> None:
    """Under ``torch.autocast`` the result is that of float32, but for rounding."""
    aggregator = aggregator_of(subject).float()
    tokens, span_ids = batch(subject, rubbish=0.5)
    exact = aggregator(tokens.float(), span_ids).sequence
    with torch.autocast("cpu", torch.bfloat16):
        rounded = aggregator(tokens.float(), span_ids).sequence
    scale = max(1.0, exact.abs().max().item()) if exact.numel() else 1.0
    same(rounded.float(), exact, 0.05 * scale, "sequence in bfloat16")


LAWS: list[Law] = [
    widths_are_as_declared,
    exists_tells_spans_from_padding,
    padding_changes_nothing,
    the_order_of_a_batch_changes_nothing,
    batch_mates_change_nothing,
    any_segmentation_will_do,
    gradients_flow,
    results_are_repeated_to_the_bit,
    saved_weights_are_all_there_is,
    runs_in_bfloat16,
]

FORM: list[Law] = [widths_are_as_declared]
