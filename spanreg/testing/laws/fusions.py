"""Laws of the fusions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from spanreg.aggregators.base import AggregatorOutput
from spanreg.registry import ConfigurationError
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.tensors import flows, made, random, reloaded, same, same_bits, seeded

CASES: list[dict[str, Any]] = [{"dim": 4, "channels": 3, "span_channels": 6}]

COUNTS = (4, 2, 1)
"Spans of the sentences that the laws are tried on."


def batch(subject: Subject, rows: slice = slice(None)) -> tuple[Tensor, AggregatorOutput]:
    """Sentence vectors, and what an aggregator may have made of their spans."""
    dim, channels, span_channels = (subject.extras[name] for name in ("dim", "channels", "span_channels"))
    exists = torch.arange(max(COUNTS)) < torch.tensor(COUNTS).unsqueeze(1)  # shape: (batch, spans)
    spans = random(*exists.shape, span_channels, seed=1).masked_fill(~exists.unsqueeze(-1), 0)
    aggregated = AggregatorOutput(random(len(COUNTS), channels, seed=2)[rows], spans[rows], exists[rows])
    return random(len(COUNTS), dim, seed=3)[rows], aggregated


def the_width_is_as_declared(subject: Subject) -> None:
    """The result is ``out_dim`` wide."""
    fusion = made(subject)
    result, expected = fusion(*batch(subject)), (len(COUNTS), fusion.out_dim)
    hold(result.shape == expected, f"the result has shape {tuple(result.shape)}, declared {expected}")


def it_does_without_an_aggregator_or_refuses(subject: Subject) -> None:
    """With 0 channels there is a result of the declared width, or a ``ConfigurationError`` at construction."""
    try:
        fusion = made(Subject(subject.cls, subject.base, subject.config, {**subject.extras, **NOTHING}, 0.0))
    except ConfigurationError:
        return
    sentence = batch(subject)[0]
    empty = AggregatorOutput(sentence.new_empty(len(sentence), 0), sentence.new_empty(len(sentence), 0, 0))
    result, expected = fusion(sentence, empty), (len(COUNTS), fusion.out_dim)
    hold(result.shape == expected, f"the result has shape {tuple(result.shape)}, declared {expected}")


NOTHING = {"channels": 0, "span_channels": 0}


def batch_mates_change_nothing(subject: Subject) -> None:
    """A sentence alone gives what it gives among others, whose spans may be more."""
    fusion = made(subject)
    whole = fusion(*batch(subject))
    for row, count in enumerate(COUNTS):
        sentence, (sequence, spans, exists) = batch(subject, slice(row, row + 1))
        assert exists is not None
        alone = fusion(sentence, AggregatorOutput(sequence, spans[:, :count], exists[:, :count]))
        same(alone[0], whole[row], subject.tolerance, f"sentence {row}, alone and in a batch,")


def gradients_flow(subject: Subject) -> None:
    """The result passes a gradient to the sentence or the spans, and to every weight."""
    fusion = made(subject)
    sentence, (sequence, spans, exists) = batch(subject)
    names = ("the sentence vector", "the sequence vector", "the span vectors")
    inputs = dict(zip(names, (one.requires_grad_() for one in (sentence, sequence, spans)), strict=True))
    flows(inputs, fusion, fusion(sentence, AggregatorOutput(sequence, spans, exists)), all_inputs=False)
    hold(sequence.grad is not None or spans.grad is not None, "no gradient reaches what the aggregator made")


def results_are_repeated_to_the_bit(subject: Subject) -> None:
    """The same seed and input give the same result, in training too."""
    found = []
    for _ in range(2):
        fusion = made(subject).train()
        with seeded(1):
            found.append(fusion(*batch(subject)))
    same_bits(found[0], found[1], "the result")


def saved_weights_are_all_there_is(subject: Subject) -> None:
    """What ``state_dict`` holds makes another instance compute the same."""
    one, other = reloaded(subject)
    same(other(*batch(subject)), one(*batch(subject)), 0.0, "the result after saving and loading")


def runs_in_bfloat16(subject: Subject) -> None:
    """Under ``torch.autocast``, with a sentence vector in bfloat16, the result is that of float32 but for rounding."""
    fusion = made(subject).float()
    sentence, aggregated = batch(subject)
    sentence, sequence, spans = sentence.float(), aggregated.sequence.float(), aggregated.spans.float()
    whole = AggregatorOutput(sequence, spans, aggregated.exists)
    exact = fusion(sentence, whole)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = fusion(sentence.bfloat16(), whole)
    same(rounded.float(), exact, 0.05 * max(1.0, exact.abs().max().item()), "the result in bfloat16")


LAWS: list[Law] = [
    the_width_is_as_declared,
    it_does_without_an_aggregator_or_refuses,
    batch_mates_change_nothing,
    gradients_flow,
    results_are_repeated_to_the_bit,
    saved_weights_are_all_there_is,
    runs_in_bfloat16,
]

FORM: list[Law] = [the_width_is_as_declared]
