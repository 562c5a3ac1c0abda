"""Base of the encoders: token ids to token vectors and a sentence vector."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from spanreg.registry import Registrable


class Encoded(NamedTuple):
    """What an encoder makes of a batch."""

    tokens: Tensor
    "Token vectors, shape: (batch, tokens, dim)."
    sentence: Tensor
    "Sentence vectors, shape: (batch, dim)."


class Encoder(nn.Module, Registrable):
    """A pre-trained language model seen through two outputs: token vectors and a pooled sentence vector.

    To add one: subclass, decorate with ``@Encoder.register("my_encoder")``, set ``backbone``, ``tokenizer``, ``dim`` and
    ``max_tokens`` in ``__init__`` and implement ``forward``.
    """

    default_implementation: ClassVar[str | None] = "pretrained"

    backbone: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    dim: int
    "Width of token and sentence vectors."
    max_tokens: int
    "Longest sequence that the position embeddings allow, special tokens included."

    @abstractmethod
    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Encoded:
        """Token and sentence vectors; the inputs have shape: (batch, tokens)."""
