"""Laws of fusions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from spanreg.aggregators.base import AggregatorOutput
from spanreg.registry import ConfigurationError
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.tensors import (
    made,
    random,
    require_gradients,
    require_same,
    require_same_bits,
    save_and_reload,
    seeded,
)

CASES: list[dict[str, Any]] = [{"dim": 4, "channels": 3, "span_channels": 6}]

NOTHING = {"channels": 0, "span_channels": 0}
"Arguments of run time without an aggregator."

COUNTS = (4, 2, 1)
"Numbers of spans of the sentences on which laws are checked."


def batch(subject: ComponentCase, rows: slice = slice(None)) -> tuple[Tensor, AggregatorOutput]:
    """Return sentence vectors, and results of an aggregator for them."""
    dim, channels, span_channels = (subject.extras[name] for name in ("dim", "channels", "span_channels"))
    exists = torch.arange(max(COUNTS)) < torch.tensor(COUNTS).unsqueeze(1)  # shape: (batch, spans)
    spans = random(*exists.shape, span_channels, seed=1).masked_fill(~exists.unsqueeze(-1), 0)
    # Drawn for all rows and then sliced, so that a sentence has the same values alone and in a batch.
    aggregated = AggregatorOutput(random(len(COUNTS), channels, seed=2)[rows], spans[rows], exists[rows])
    return random(len(COUNTS), dim, seed=3)[rows], aggregated


def the_width_is_as_declared(subject: ComponentCase) -> None:
    """The result has the width ``out_dim``."""
    fusion = made(subject)
    result, expected = fusion(*batch(subject)), (len(COUNTS), fusion.out_dim)
    require(result.shape == expected, f"the result has shape {tuple(result.shape)}, declared {expected}")


def no_aggregator_is_supported_or_rejected(subject: ComponentCase) -> None:
    """With 0 channels, the result has the declared width, or construction raises ``ConfigurationError``."""
    try:
        fusion = made(ComponentCase(subject.cls, subject.base, subject.config, {**subject.extras, **NOTHING}, 0.0))
    except ConfigurationError:
        return
    sentence = batch(subject)[0]
    empty = AggregatorOutput(sentence.new_empty(len(sentence), 0), sentence.new_empty(len(sentence), 0, 0))
    result, expected = fusion(sentence, empty), (len(COUNTS), fusion.out_dim)
    require(result.shape == expected, f"the result has shape {tuple(result.shape)}, declared {expected}")


def batch_mates_change_nothing(subject: ComponentCase) -> None:
    """The result of a sentence does not depend on other sentences, which may have more spans."""
    fusion = made(subject)
    whole = fusion(*batch(subject))
    for row, count in enumerate(COUNTS):
        sentence, (sequence, spans, exists) = batch(subject, slice(row, row + 1))
        assert exists is not None
        alone = fusion(sentence, AggregatorOutput(sequence, spans[:, :count], exists[:, :count]))
        require_same(alone[0], whole[row], subject.tolerance, f"sentence {row}, alone and in a batch,")


def gradients_flow(subject: ComponentCase) -> None:
    """The result passes a gradient to the sentence or the spans, and to every weight."""
    fusion = made(subject)
    sentence, (sequence, spans, exists) = batch(subject)
    names = ("the sentence vector", "the sequence vector", "the span vectors")
    # A fusion may ignore one of the two results of an aggregator, but not both.
    inputs = dict(zip(names, (one.requires_grad_() for one in (sentence, sequence, spans)), strict=True))
    require_gradients(inputs, fusion, fusion(sentence, AggregatorOutput(sequence, spans, exists)), all_inputs=False)
    require(sequence.grad is not None or spans.grad is not None, "no gradient reaches the aggregator's results")


def results_are_repeated_to_the_bit(subject: ComponentCase) -> None:
    """Results are reproducible from seed and input, in training, too."""
    found = []
    for _ in range(2):
        fusion = made(subject).train()
        with seeded(1):
            found.append(fusion(*batch(subject)))
    require_same_bits(found[0], found[1], "the result")


def saved_weights_are_all_there_is(subject: ComponentCase) -> None:
    """Another instance computes the same results after loading ``state_dict``."""
    one, other = save_and_reload(subject)
    require_same(other(*batch(subject)), one(*batch(subject)), 0.0, "the result after saving and loading")


def runs_in_bfloat16(subject: ComponentCase) -> None:
    """Under ``torch.autocast``, with sentence vectors in bfloat16, the result equals that of float32 up to rounding."""
    fusion = made(subject).float()
    sentence, aggregated = batch(subject)
    sentence, sequence, spans = sentence.float(), aggregated.sequence.float(), aggregated.spans.float()
    whole = AggregatorOutput(sequence, spans, aggregated.exists)
    exact = fusion(sentence, whole)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = fusion(sentence.bfloat16(), whole)
    require_same(rounded.float(), exact, 0.05 * max(1.0, exact.abs().max().item()), "the result in bfloat16")


LAWS: list[Law] = [
    the_width_is_as_declared,
    no_aggregator_is_supported_or_rejected,
    batch_mates_change_nothing,
    gradients_flow,
    results_are_repeated_to_the_bit,
    saved_weights_are_all_there_is,
    runs_in_bfloat16,
]

FORM: list[Law] = [the_width_is_as_declared]
