"""Base class of the encoders: token ids to token vectors and sentence vectors."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from spanreg.registry import Registrable


class EncoderOutput(NamedTuple):
    """Result of an encoder for a batch.

    ``EncoderOutput(tokens=states, sentence=states[:, 0])``
    """

    tokens: Tensor
    "Token vectors, shape: (batch, tokens, dim)."
    sentence: Tensor
    "Sentence vectors, shape: (batch, dim)."


# The name in extensions that were written before December 2026.
Encoded = EncoderOutput


class Encoder(nn.Module, Registrable):
    """Pre-trained language model with two outputs: token vectors and a sentence vector.

    Constructing an encoder reads no weights: ``tokenizer``, ``config``, ``dim`` and ``max_tokens`` are available at
    once. Then ``load`` creates the ``backbone`` with its pre-trained weights, or ``restore`` creates an empty one for
    the weights of a saved model.

    ``encoder: { type: 'pretrained', model: 'bert-base-uncased' }``

    To add one: subclass, decorate with ``@Encoder.register("my_encoder")``, set ``tokenizer``, ``config``, ``dim`` and
    ``max_tokens`` in ``__init__`` (or as properties) and implement ``load``, ``restore`` and ``forward``. An encoder
    that wraps another one returns the inner ``backbone`` from a property: registered twice, it could not be saved.
    """

    default_implementation: ClassVar[str | None] = "pretrained"
    handed_down: ClassVar[tuple[str, ...] | None] = ("texts",)

    tokenizer: PreTrainedTokenizerBase
    "Fast tokenizer, which has character offsets."
    config: PreTrainedConfig  # type: ignore[assignment]
    "Config of the backbone."
    dim: int
    "Width of token and sentence vectors."
    max_tokens: int
    "Longest sequence that position embeddings and tokenizer allow, special tokens included."
    backbone: PreTrainedModel
    "Model of transformers; available after ``load`` or ``restore``."

    @abstractmethod
    def load(self) -> Self:
        """Create the backbone with its pre-trained weights, and return the encoder."""

    @abstractmethod
    def restore(self, config: PreTrainedConfig) -> Self:
        """Create an empty backbone, whose weights come from a saved model, and return the encoder.

        It must not read files, because the original weights and tokenizer may no longer exist. ``tokenizer`` and
        ``max_tokens`` are not used afterwards.
        """

    @abstractmethod
    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        """Return token and sentence vectors; all inputs have shape: (batch, tokens)."""
