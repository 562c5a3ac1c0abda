"""Laws of encoders."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig

from spanreg.encoders.base import EncoderOutput
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.tensors import require_gradients, require_same, require_same_bits, seeded

# Of different lengths, with accents and signs, and an empty one.
TEXTS = ["the cat sat on the mat", "a dog", "naïve café, 100 %: don't!", ""]

CASES: list[dict[str, Any]] = [{"texts": TEXTS}]

FLOAT32 = 1e-5
"Smallest tolerance, for results in float32: encoders are too large to run in float64."


def loaded(subject: ComponentCase, seed: int = 0) -> Any:
    """Return an encoder with its weights, in evaluation mode."""
    with seeded(seed):
        encoder = subject.make().load()
    require(isinstance(encoder, subject.cls), f"load returns a {type(encoder).__name__}, not the encoder")
    return encoder.eval()


def batch(encoder: Any, texts: Any = TEXTS, **settings: Any) -> dict[str, Tensor]:
    """Return the tokens of texts as a padded batch."""
    tokens: dict[str, Tensor] = encoder.tokenizer(list(texts), padding=True, return_tensors="pt", **settings)
    return {name: tokens[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in tokens}


def the_tokenizer_is_fast(subject: ComponentCase) -> None:
    """The tokenizer is available before ``load``, returns character offsets, and can pad."""
    tokenizer = subject.make().tokenizer
    require(tokenizer.is_fast, f"{type(tokenizer).__name__} is not a fast tokenizer: it returns no character offsets")
    require(tokenizer.pad_token_id is not None, "the tokenizer has no padding token")


def sizes_are_known_before_the_weights(subject: ComponentCase) -> None:
    """Before ``load``, ``dim``, ``max_tokens`` and ``config`` are known."""
    encoder = subject.make()
    for name in ("dim", "max_tokens"):
        value = getattr(encoder, name)
        require(isinstance(value, int) and value > 0, f"{name} is {value!r}, not a positive number")
    require(isinstance(encoder.config, PreTrainedConfig), f"config is a {type(encoder.config).__name__}")


def widths_are_as_declared(subject: ComponentCase) -> None:
    """Token and sentence vectors have the width ``dim``."""
    encoder = loaded(subject)
    inputs = batch(encoder)
    result = encoder(**inputs)
    require(isinstance(result, EncoderOutput), f"forward returns a {type(result).__name__}, not an EncoderOutput")
    rows, tokens = inputs["input_ids"].shape
    for name, expected in (("tokens", (rows, tokens, encoder.dim)), ("sentence", (rows, encoder.dim))):
        shape = tuple(getattr(result, name).shape)
        require(shape == expected, f"{name} has shape {shape}, declared {expected}")


def the_longest_sequence_fits(subject: ComponentCase) -> None:
    """A text of ``max_tokens`` tokens, or of 512 if that is less, is encoded."""
    encoder = loaded(subject)
    # The longest sequence of a long-context encoder would take too much time and memory for a test.
    longest = min(encoder.max_tokens, 512)
    inputs = batch(encoder, ["the cat sat on the mat " * longest], truncation=True, max_length=longest)
    found = inputs["input_ids"].shape[1]
    require(found == longest, f"the tokenizer truncates a text to {found} tokens, requested were {longest}")
    require(bool(encoder(**inputs).tokens.isfinite().all()), "token vectors are not finite")


def padding_and_batch_mates_change_nothing(subject: ComponentCase) -> None:
    """The vectors of a text do not depend on padding and on the other texts of the batch."""
    encoder = loaded(subject)
    tolerance = max(subject.tolerance, FLOAT32)
    inputs = batch(encoder)
    whole = encoder(**inputs)
    # Texts of different lengths, so that most rows of the batch are padded.
    for row, text in enumerate(TEXTS):
        alone = encoder(**batch(encoder, [text]))
        own = whole.tokens[row][inputs["attention_mask"][row].bool()]
        require_same(alone.tokens[0], own, tolerance, f"tokens of {text!r}, alone and in a batch,")
        require_same(alone.sentence[0], whole.sentence[row], tolerance, f"sentence of {text!r}, alone and in a batch,")


def gradients_flow(subject: ComponentCase) -> None:
    """The outputs together pass a gradient to every trained weight."""
    encoder = loaded(subject).train()
    with seeded(1):
        result = encoder(**batch(encoder))
    require_gradients({}, encoder, torch.cat((result.tokens.flatten(), result.sentence.flatten())))


def results_are_repeated_to_the_bit(subject: ComponentCase) -> None:
    """Vectors are reproducible from seed and texts."""
    found = []
    for _ in range(2):
        encoder = loaded(subject)
        found.append(encoder(**batch(encoder)))
    require_same_bits(found[0].tokens, found[1].tokens, "tokens")
    require_same_bits(found[0].sentence, found[1].sentence, "sentence")


def it_is_restored_from_what_was_saved(subject: ComponentCase) -> None:
    """``restore`` from the backbone's saved config, then loading the saved weights, gives bit-identical vectors."""
    encoder = loaded(subject)
    kind, saved = type(encoder.backbone.config), deepcopy(encoder.backbone.config.to_dict())
    # Through bytes, as in a run: what ``state_dict`` lacks must not survive in memory.
    file = io.BytesIO()
    torch.save(encoder.state_dict(), file)
    file.seek(0)
    # Another seed, so that weights which are not loaded differ.
    with seeded(2):
        other = subject.make()
        restored = other.restore(kind.from_dict(saved))
    require(restored is other, "restore does not return the encoder")
    require(restored.dim == encoder.dim, f"dim is {restored.dim} after restore, it was {encoder.dim}")
    restored.load_state_dict(torch.load(file, weights_only=True))
    inputs = batch(encoder)
    one, again = encoder(**inputs), restored.eval()(**inputs)
    require_same_bits(one.tokens, again.tokens, "tokens, after saving and restoring,")
    require_same_bits(one.sentence, again.sentence, "sentence, after saving and restoring,")


LAWS: list[Law] = [
    the_tokenizer_is_fast,
    sizes_are_known_before_the_weights,
    widths_are_as_declared,
    the_longest_sequence_fits,
    padding_and_batch_mates_change_nothing,
    gradients_flow,
    results_are_repeated_to_the_bit,
    it_is_restored_from_what_was_saved,
]

FORM: list[Law] = [widths_are_as_declared]
