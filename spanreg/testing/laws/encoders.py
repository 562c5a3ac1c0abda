"""Laws of the encoders."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig

from spanreg.encoders.base import EncoderOutput
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.tensors import flows, same, same_bits, seeded

TEXTS = ["the cat sat on the mat", "a dog", "naïve café, 100 %: don't!", ""]

CASES: list[dict[str, Any]] = [{"texts": TEXTS}]

FLOAT32 = 1e-5
"How far results in float32 may be apart, the least that the laws ask for: encoders are big, and not run in float64."


def loaded(subject: Subject, seed: int = 0) -> Any:
    """An encoder with its weights, dropping nothing."""
    with seeded(seed):
        encoder = subject.make().load()
    hold(isinstance(encoder, subject.cls), f"load gives a {type(encoder).__name__} back, not the encoder")
    return encoder.eval()


def batch(encoder: Any, texts: Any = TEXTS, **settings: Any) -> dict[str, Tensor]:
    """What the tokenizer makes of texts."""
    tokens: dict[str, Tensor] = encoder.tokenizer(list(texts), padding=True, return_tensors="pt", **settings)
    return {name: tokens[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in tokens}


def the_tokenizer_is_fast(subject: Subject) -> None:
    """Before ``load``, the tokenizer is at hand, knows character offsets, and can pad."""
    tokenizer = subject.make().tokenizer
    hold(tokenizer.is_fast, f"{type(tokenizer).__name__} is no fast tokenizer: it knows no character offsets")
    hold(tokenizer.pad_token_id is not None, "the tokenizer has no padding token")


def sizes_are_at_hand_before_the_weights(subject: Subject) -> None:
    """Before ``load``, ``dim``, ``max_tokens`` and ``config`` are known."""
    encoder = subject.make()
    for name in ("dim", "max_tokens"):
        value = getattr(encoder, name)
        hold(isinstance(value, int) and value > 0, f"{name} is {value!r}, and should be a positive number")
    hold(isinstance(encoder.config, PreTrainedConfig), f"config is a {type(encoder.config).__name__}")


def widths_are_as_declared(subject: Subject) -> None:
    """Token and sentence vectors are ``dim`` wide."""
    encoder = loaded(subject)
    inputs = batch(encoder)
    result = encoder(**inputs)
    hold(isinstance(result, EncoderOutput), f"forward gives a {type(result).__name__} and not an EncoderOutput")
    rows, tokens = inputs["input_ids"].shape
    for name, expected in (("tokens", (rows, tokens, encoder.dim)), ("sentence", (rows, encoder.dim))):
        shape = tuple(getattr(result, name).shape)
        hold(shape == expected, f"{name} has shape {shape}, declared {expected}")


def the_longest_sequence_fits(subject: Subject) -> None:
    """A text of ``max_tokens`` tokens, 512 of them at most, is encoded."""
    encoder = loaded(subject)
    longest = min(encoder.max_tokens, 512)
    inputs = batch(encoder, ["the cat sat on the mat " * longest], truncation=True, max_length=longest)
    found = inputs["input_ids"].shape[1]
    hold(found == longest, f"the tokenizer cuts a text at {found} tokens where {longest} were asked for")
    hold(bool(encoder(**inputs).tokens.isfinite().all()), "token vectors are not finite")


def padding_and_batch_mates_change_nothing(subject: Subject) -> None:
    """A text alone has the vectors that it has among longer ones."""
    encoder = loaded(subject)
    tolerance = max(subject.tolerance, FLOAT32)
    inputs = batch(encoder)
    whole = encoder(**inputs)
    for row, text in enumerate(TEXTS):
        alone = encoder(**batch(encoder, [text]))
        own = whole.tokens[row][inputs["attention_mask"][row].bool()]
        same(alone.tokens[0], own, tolerance, f"tokens of {text!r}, alone and in a batch,")
        same(alone.sentence[0], whole.sentence[row], tolerance, f"sentence of {text!r}, alone and in a batch,")


def gradients_flow(subject: Subject) -> None:
    """Both outputs together pass a gradient to every weight that is trained."""
    encoder = loaded(subject).train()
    with seeded(1):
        result = encoder(**batch(encoder))
    flows({}, encoder, torch.cat((result.tokens.flatten(), result.sentence.flatten())))


def results_are_repeated_to_the_bit(subject: Subject) -> None:
    """The same seed and texts give the same vectors."""
    found = []
    for _ in range(2):
        encoder = loaded(subject)
        found.append(encoder(**batch(encoder)))
    same_bits(found[0].tokens, found[1].tokens, "tokens")
    same_bits(found[0].sentence, found[1].sentence, "sentence")


def it_is_restored_from_what_was_saved(subject: Subject) -> None:
    """``restore`` with the backbone's saved config, then the saved weights: the same vectors to the bit."""
    encoder = loaded(subject)
    kind, saved = type(encoder.backbone.config), deepcopy(encoder.backbone.config.to_dict())
    file = io.BytesIO()
    torch.save(encoder.state_dict(), file)
    file.seek(0)
    with seeded(2):
        other = subject.make()
        restored = other.restore(kind.from_dict(saved))
    hold(restored is other, "restore does not give the encoder back")
    hold(restored.dim == encoder.dim, f"dim is {restored.dim} after restore, and was {encoder.dim}")
    restored.load_state_dict(torch.load(file, weights_only=True))
    inputs = batch(encoder)
    one, again = encoder(**inputs), restored.eval()(**inputs)
    same_bits(one.tokens, again.tokens, "tokens, after saving and restoring,")
    same_bits(one.sentence, again.sentence, "sentence, after saving and restoring,")


LAWS: list[Law] = [
    the_tokenizer_is_fast,
    sizes_are_at_hand_before_the_weights,
    widths_are_as_declared,
    the_longest_sequence_fits,
    padding_and_batch_mates_change_nothing,
    gradients_flow,
    results_are_repeated_to_the_bit,
    it_is_restored_from_what_was_saved,
]

FORM: list[Law] = [widths_are_as_declared]
