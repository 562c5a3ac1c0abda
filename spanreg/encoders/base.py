"""Base of the encoders: token ids to token vectors and a sentence vector."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from spanreg.registry import Registrable


class Encoded(NamedTuple):
    """What an encoder makes of a batch."""

    tokens: Tensor
    "Token vectors, shape: (batch, tokens, dim)."
    sentence: Tensor
    "Sentence vectors, shape: (batch, dim)."


class Encoder(nn.Module, Registrable):
    """A pre-trained language model seen through two outputs: token vectors and a pooled sentence vector.

    An encoder is made in two steps. Constructing one reads no weights: ``tokenizer``, ``config``, ``dim`` and
    ``max_tokens`` are at hand at once. Then either ``load`` puts a ``backbone`` with its weights in, or, when a saved
    model is read back, ``restore`` puts an empty one in, without asking for the place that the weights came from.

    To add one: subclass, decorate with ``@Encoder.register("my_encoder")``, set ``tokenizer``, ``config``, ``dim`` and
    ``max_tokens`` in ``__init__`` (or as properties) and implement ``load``, ``restore`` and ``forward``. An encoder
    around another gives the inner one's ``backbone`` as a property: kept twice, it could not be saved.
    """

    default_implementation: ClassVar[str | None] = "pretrained"
    handed_down: ClassVar[tuple[str, ...] | None] = ("texts",)

    tokenizer: PreTrainedTokenizerBase
    "A fast tokenizer, one that knows character offsets."
    config: PreTrainedConfig
    "Of the backbone."
    dim: int
    "Width of token and sentence vectors."
    max_tokens: int
    "Longest sequence, special tokens included, that position embeddings and tokenizer allow."
    backbone: PreTrainedModel
    "At hand after ``load`` or ``restore``."

    @abstractmethod
    def load(self) -> Self:
        """Puts the backbone in, with its weights, and gives the encoder back."""

    @abstractmethod
    def restore(self, config: PreTrainedConfig) -> Self:
        """Puts a backbone of this config in, whose weights are to be read from a saved model.

        Must read no file: neither the weights' first home nor the tokenizer need exist any longer. ``tokenizer`` and
        ``max_tokens`` are not asked for afterwards.
        """

    @abstractmethod
    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Encoded:
        """Token and sentence vectors; the inputs have shape: (batch, tokens)."""
