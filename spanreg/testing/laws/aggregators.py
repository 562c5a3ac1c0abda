"""Laws of aggregators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.tensors import (
    PADDING_VALUE,
    made,
    require_gradients,
    require_same,
    require_same_bits,
    save_and_reload,
    seeded,
    token_batch,
)

CASES: list[dict[str, Any]] = [{"dim": 6, "layers": 2}]

LENGTHS = [[2, 1, 3], [1, 2], [1], [1, 1, 1, 1], [5]]
"Lengths of the spans of the sequences on which laws are checked."

EXTREMES = {
    "one token": [[1]],
    "one span": [[12]],
    "single words": [[1] * 12],
    "one token next to many": [[1], [5, 1]],
    "512 spans": [[1] * 512],
    "a span of 512 tokens": [[512]],
    "an empty second sentence": [[1, 3, 1, 1]],
}
"Segmentations at the limits, by the names that reports show."


class SecondSegmentation(nn.Module):
    """Adapter that lets an aggregator of several segmentations be called with one, so that the same laws apply.

    It derives a second segmentation in which every two spans are merged; padding stays -1.

    Example: ``SecondSegmentation(aggregator)(tokens, span_ids)``.
    """

    def __init__(self, aggregator: Aggregator) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.channels, self.span_channels = aggregator.channels, aggregator.span_channels

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        # Rounded down, not towards 0, which would make the -1 of padding a span.
        layers = torch.stack((span_ids, span_ids.div(2, rounding_mode="floor")), 1)  # shape: (batch, 2, tokens)
        aggregated: AggregatorOutput = self.aggregator(tokens, layers)
        return aggregated


def with_one_segmentation(aggregator: Any) -> Any:
    """Return an aggregator that takes one segmentation: the given one, or an adapter of it."""
    return SecondSegmentation(aggregator) if aggregator.segmentations == "several" else aggregator


def aggregator_of(subject: ComponentCase) -> Any:
    """Return the aggregator with the weights of a seed, in float64, for one segmentation."""
    return with_one_segmentation(made(subject))


def batch(
    subject: ComponentCase, lengths: Any = LENGTHS, padding_value: float = PADDING_VALUE
) -> tuple[Tensor, Tensor]:
    """Return token vectors and span ids."""
    return token_batch(lengths, subject.extras["dim"], padding_value=padding_value)


def widths_are_as_declared(subject: ComponentCase) -> None:
    """``channels`` and ``span_channels`` are the widths of the results."""
    aggregator = aggregator_of(subject)
    result = aggregator(*batch(subject))
    require(isinstance(result, AggregatorOutput), f"forward returns a {type(result).__name__}, not an AggregatorOutput")
    rows = len(LENGTHS)
    expected = (rows, aggregator.channels)
    require(
        result.sequence.shape == expected, f"sequence has shape {tuple(result.sequence.shape)}, declared {expected}"
    )
    shape = tuple(result.spans.shape)
    declared = f"(batch = {rows}, spans, span_channels = {aggregator.span_channels})"
    fits = len(shape) == 3 and (shape[0], shape[2]) == (rows, aggregator.span_channels)
    require(fits, f"spans has shape {shape}, declared {declared}")


def exists_separates_spans_from_padding(subject: ComponentCase) -> None:
    """``exists`` is true for at least one span of each sequence, and vectors for which it is false are 0."""
    aggregator = aggregator_of(subject)
    if not aggregator.channels:
        return
    result = aggregator(*batch(subject))
    require(result.exists is not None, "exists is None, so it is unknown which span vectors are padding")
    shape, dtype = tuple(result.exists.shape), result.exists.dtype
    require(dtype == torch.bool, f"exists has type {dtype}, not torch.bool")
    require(shape == result.spans.shape[:2], f"exists has shape {shape}, span vectors {tuple(result.spans.shape)}")
    require(bool(result.exists.any(1).all()), "exists is false for all spans of a sequence")
    require(not result.spans[~result.exists].any(), "span vectors that do not exist are not 0")


def padding_changes_nothing(subject: ComponentCase) -> None:
    """Padding on either side, of any value, does not change the sequence vectors."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    whole = aggregator(tokens, span_ids).sequence
    # Some tokenizers pad on the left.
    for left, right in ((0, 7), (3, 0), (2, 2)):
        padded = aggregator(
            padded_on_both_sides(tokens, PADDING_VALUE, left, right), padded_on_both_sides(span_ids, -1, left, right)
        ).sequence
        where = f"with {left} padding tokens before and {right} after, sequence"
        require_same(padded, whole, subject.tolerance, where)


def padded_on_both_sides(states: Tensor, value: float, left: int, right: int) -> Tensor:
    """Return tokens or span ids with padding before and after."""
    shape = states.shape[2:]
    before, after = (states.new_full((len(states), width, *shape), value) for width in (left, right))
    return torch.cat((before, states, after), 1)


def the_order_of_a_batch_changes_nothing(subject: ComponentCase) -> None:
    """A permutation of the sequences permutes the results."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    order = torch.tensor([3, 0, 4, 2, 1])  # no sequence keeps its place
    moved, whole = aggregator(tokens[order], span_ids[order]), aggregator(tokens, span_ids)
    require_same(moved.sequence, whole.sequence[order], subject.tolerance, "sequence")


def batch_mates_change_nothing(subject: ComponentCase) -> None:
    """The vectors of a sequence do not depend on the other sequences of the batch."""
    aggregator = aggregator_of(subject)
    tokens, span_ids = batch(subject)
    whole = aggregator(tokens, span_ids)
    for row, spans in enumerate(LENGTHS):
        length = sum(spans)
        alone = aggregator(tokens[row : row + 1, :length], span_ids[row : row + 1, :length])
        require_same(
            alone.sequence[0], whole.sequence[row], subject.tolerance, f"sequence {row}, alone and in a batch,"
        )
        if whole.exists is not None and alone.exists is not None:
            mine, among = alone.spans[0][alone.exists[0]], whole.spans[row][whole.exists[row]]
            require_same(mine, among, subject.tolerance, f"spans of sequence {row}, alone and in a batch,")


def all_segmentations_are_accepted(subject: ComponentCase) -> None:
    """Results and gradients are finite for one token, one span, single words, and 512 of each."""
    aggregator = aggregator_of(subject)
    # Without channels, as in ``none``, there is nothing to compute.
    if not aggregator.channels:
        return
    for name, lengths in EXTREMES.items():
        tokens, span_ids = batch(subject, lengths)
        result = aggregator(tokens.requires_grad_(), span_ids).sequence
        require(bool(result.isfinite().all()), f"with {name}, sequence is not finite")
        (gradient,) = torch.autograd.grad(result.sum(), tokens, allow_unused=True)
        require(gradient is not None, f"with {name}, no gradient reaches the tokens")
        require(bool(gradient.isfinite().all()), f"with {name}, the gradient is not finite")


def gradients_flow(subject: ComponentCase) -> None:
    """The sequence vector passes a gradient to the tokens, but not to padding, and to every weight."""
    aggregator = aggregator_of(subject)
    if not aggregator.channels:
        return
    tokens, span_ids = batch(subject, padding_value=0.5)
    tokens.requires_grad_()
    require_gradients({"the tokens": tokens}, aggregator, aggregator(tokens, span_ids).sequence)
    assert tokens.grad is not None
    require(not tokens.grad[span_ids < 0].any(), "padding gets a gradient")


def results_are_repeated_to_the_bit(subject: ComponentCase) -> None:
    """Weights, results and gradients are reproducible from seed and input, in training, too."""
    found = []
    for _ in range(2):
        aggregator = aggregator_of(subject).float().train()
        tokens, span_ids = batch(subject, padding_value=0.5)
        tokens = tokens.float().requires_grad_()
        # Dropout draws from the same seed both times.
        with seeded(1):
            sequence = aggregator(tokens, span_ids).sequence
        if sequence.requires_grad:
            sequence.square().sum().backward()
        found.append([sequence, tokens.grad, *(weight.grad for weight in aggregator.parameters())])
    for one, other in zip(*found, strict=True):
        require_same_bits(one, other, "a result or a gradient")


def saved_weights_are_all_there_is(subject: ComponentCase) -> None:
    """Another instance computes the same results after loading ``state_dict``."""
    one, other = map(with_one_segmentation, save_and_reload(subject))
    tokens, span_ids = batch(subject)
    require_same(
        other(tokens, span_ids).sequence, one(tokens, span_ids).sequence, 0.0, "sequence after saving and loading"
    )


def runs_in_bfloat16(subject: ComponentCase) -> None:
    """Under ``torch.autocast`` the result equals that of float32 up to rounding."""
    aggregator = aggregator_of(subject).float()
    tokens, span_ids = batch(subject, padding_value=0.5)
    exact = aggregator(tokens.float(), span_ids).sequence
    with torch.autocast("cpu", torch.bfloat16):
        rounded = aggregator(tokens.float(), span_ids).sequence
    # bfloat16 has 8 bits of precision: several operations in a row differ by some percent of the largest value.
    scale = max(1.0, exact.abs().max().item()) if exact.numel() else 1.0
    require_same(rounded.float(), exact, 0.05 * scale, "sequence in bfloat16")


LAWS: list[Law] = [
    widths_are_as_declared,
    exists_separates_spans_from_padding,
    padding_changes_nothing,
    the_order_of_a_batch_changes_nothing,
    batch_mates_change_nothing,
    all_segmentations_are_accepted,
    gradients_flow,
    results_are_repeated_to_the_bit,
    saved_weights_are_all_there_is,
    runs_in_bfloat16,
]

FORM: list[Law] = [widths_are_as_declared]
