"""An encoder that breaks a law is reported, for the right reason."""

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

NOISE = count(1)


class Sound(TinyEncoder):
    """A tiny encoder, from which all others here depart."""

    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts, dim=8, layers=1, positions=32)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        return self.changed(super().forward(input_ids, attention_mask, token_type_ids))

    def changed(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded


class CannotPad(Sound):
    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts)
        self.tokenizer.pad_token = None


class NoLimit(Sound):
    max_tokens = None  # type: ignore[assignment]


class Narrow(Sound):
    def changed(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.sentence[:, :4])


class LongWinded(Sound):
    max_tokens = 64  # type: ignore[assignment]


class SeesPadding(Sound):
    def changed(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.tokens.mean(1))


class UnusedWeight(Sound):
    def load(self) -> Self:
        super().load()
        self.idle = nn.Linear(2, 2)
        return self


class Noisy(Sound):
    def changed(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(sentence=encoded.sentence + next(NOISE) * 1e-3)


class HiddenWeight(Sound):
    def __init__(self, texts: Runtime[Sequence[str]] = ()) -> None:
        super().__init__(texts)
        self.hidden = torch.rand(1)

    def changed(self, encoded: EncoderOutput) -> EncoderOutput:
        return encoded._replace(tokens=encoded.tokens * self.hidden)


class NothingComesBack(Sound):
    def restore(self, config: Any) -> Any:
        super().restore(config)


BROKEN: list[tuple[type[Any], str, str]] = [
    (CannotPad, "the tokenizer is fast", "the tokenizer has no padding token"),
    (NoLimit, "sizes are known before the weights", "max_tokens is None, not a positive number"),
    (Narrow, "widths are as declared", "sentence has shape (4, 4), declared (4, 8)"),
    (LongWinded, "the longest sequence fits", "Error"),
    (SeesPadding, "padding and batch mates change nothing", "sentence of 'the cat sat on the mat', alone and in a"),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (Noisy, "results are repeated to the bit", "sentence differs the second time"),
    (HiddenWeight, "it is restored from what was saved", "tokens, after saving and restoring, differs"),
    (NothingComesBack, "it is restored from what was saved", "restore does not return the encoder"),
]


def test_the_one_that_they_depart_from_is_sound() -> None:
    check_component(Sound)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(Encoder)[3:])
