"""Violations of the laws of encoders: each is reported with its law and the observed behaviour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Self

import pytest
import torch
from torch import Tensor, nn

from spanreg.encoders import Encoder, EncoderOutput
from spanreg.encoders.tiny import TinyEncoder
from spanreg.registry import Runtime
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidEncoder(TinyEncoder):
    """Encoder that follows all laws: a tiny one. The broken ones derive from it."""

    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts, dim=8, layers=1, positions=32)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        return self.modified(super().forward(input_ids, attention_mask, token_type_ids))

    def modified(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded


class NoPaddingToken(ValidEncoder):
    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts)
        self.tokenizer.pad_token = None


class NoMaxTokens(ValidEncoder):
    max_tokens = None  # type: ignore[assignment]


class WrongWidth(ValidEncoder):
    def modified(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.sentence[:, :4])


class MaxTokensTooLarge(ValidEncoder):
    # Twice the positions of the encoder.
    max_tokens = 64  # type: ignore[assignment]


class DependsOnPadding(ValidEncoder):
    def modified(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.tokens.mean(1))


class UnusedWeight(ValidEncoder):
    def load(self) -> Self:
        super().load()
        self.idle = nn.Linear(2, 2)
        return self


class NoisyResults(ValidEncoder):
    def modified(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.sentence + next(CALLS) * 1e-3)


class HiddenWeight(ValidEncoder):
    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts)
        # Neither a parameter nor a buffer, so it is not saved.
        self.hidden = torch.rand(1)

    def modified(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(tokens=encoded.tokens * self.hidden)


class RestoreReturnsNothing(ValidEncoder):
    def restore(self, config: Any) -> Any:
        super().restore(config)


BROKEN: list[tuple[type[Any], str, str]] = [
    (NoPaddingToken, "the tokenizer is fast", "the tokenizer has no padding token"),
    (NoMaxTokens, "sizes are known before the weights", "max_tokens is None, not a positive number"),
    (WrongWidth, "widths are as declared", "sentence has shape (4, 4), declared (4, 8)"),
    # The error is raised outside of the package, with a text of its own.
    (MaxTokensTooLarge, "the longest sequence fits", "Error"),
    (
        DependsOnPadding,
        "padding and batch mates change nothing",
        "sentence of 'the cat sat on the mat', alone and in a",
    ),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (NoisyResults, "results are repeated to the bit", "sentence differs the second time"),
    (HiddenWeight, "it is restored from what was saved", "tokens, after saving and restoring, differs"),
    (RestoreReturnsNothing, "it is restored from what was saved", "restore does not return the encoder"),
]


def test_an_encoder_that_follows_the_laws_passes() -> None:
    check_component(ValidEncoder)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(Encoder)[3:])
