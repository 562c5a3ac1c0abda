"""Encoders on a model of transformers: sizes, pooling, empty backbones."""

from __future__ import annotations

import inspect
from copy import deepcopy
from functools import cached_property
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoModel, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from spanreg.encoders.base import Encoder, EncoderOutput
from spanreg.encoders.freezing import Freeze, freeze_weights
from spanreg.encoders.mixing import LayerMix
from spanreg.encoders.pooling import SentencePooling, pool
from spanreg.registry import ConfigurationError
from spanreg.text.reasons import reason_of

UNLIMITED = 1_000_000
"Value of ``max_tokens`` for an encoder without a limit."

POSITION_TABLES = ("position_embeddings", "embed_positions", "wpe")
"Names of tables of learned positions in transformers models."

Attention = Literal["eager", "sdpa", "flash_attention_2", "flex_attention"]


class BackboneEncoder(Encoder):
    """Base class of the encoders whose backbone is an ``AutoModel``.

    To add one: subclass, set ``config`` and ``tokenizer`` in ``__init__`` (or as cached properties) and implement
    ``load``: it sets ``backbone`` and then calls ``equip``.

    Parameters:
        pooling: source of the sentence vector: ``cls``, ``mean``, ``max``, or the backbone's own ``pooler``.
        attention: implementation of attention; default: the choice of transformers.
        states: source of the token vectors: ``last``, the last layer; ``mix``, a learned mean of all layers.
        freeze: weights to exclude from training, as for ``freeze_weights``; default: none.
        gradient_checkpointing: whether to save memory by recomputing activations in the backward pass; default false.
    """

    def __init__(
        self,
        pooling: SentencePooling,
        attention: Attention | None = None,
        states: Literal["last", "mix"] = "last",
        freeze: Freeze | None = None,
        gradient_checkpointing: bool = False,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.attention = attention
        self.states = states
        self.freeze = freeze
        self.gradient_checkpointing = gradient_checkpointing
        self.mix: LayerMix | None = None

    @property
    def dim(self) -> int:  # type: ignore[override]
        """Width of token and sentence vectors."""
        width = getattr(self.config, "hidden_size", None)
        if not isinstance(width, int):
            raise ConfigurationError(
                f"the config of a '{self.config.model_type}' encoder has no hidden_size",
                path="model",
                hint="use an encoder of text, such as BERT, RoBERTa, ELECTRA, DeBERTa or ModernBERT",
            )
        return width

    @cached_property
    def max_tokens(self) -> int:  # type: ignore[override]
        """Longest sequence that both position embeddings and tokenizer allow."""
        # Architectures do not agree on a field for the limit, but on the names of their position tables. A backbone
        # without storage has these, costs no memory, and shows a missing pooler or attention before data are read. The
        # config is copied, because transformers writes the attention and the type of the weights into it.
        with torch.device("meta"):
            skeleton = empty_backbone(deepcopy(self.config), self.pooling, self.attention)
        # A tokenizer without a limit has a length of 1e30.
        return min(position_limit(skeleton), int(self.tokenizer.model_max_length), UNLIMITED)

    def restore(self, config: PreTrainedConfig) -> Self:
        check_kind(config)
        self.config = config
        self.backbone = empty_backbone(config, self.pooling, self.attention)
        return self.equip()

    def equip(self) -> Self:
        """Apply the options to the backbone, and return the encoder.

        Raises:
            ConfigurationError: ``freeze`` matches nothing, or the backbone has no gradient checkpointing.
        """
        if self.states == "mix":
            self.mix = LayerMix(self.config.num_hidden_layers + 1)
        if self.freeze is not None:
            freeze_weights(self.backbone, self.freeze)
        if self.gradient_checkpointing:
            checkpoint_gradients(self.backbone)
        return self

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None and self._takes_types:
            inputs["token_type_ids"] = token_type_ids
        output = self.backbone(**inputs, **({"output_hidden_states": True} if self.mix is not None else {}))
        tokens = output.last_hidden_state  # shape: (batch, tokens, dim)
        if self.mix is not None:
            tokens = self.mix(output.hidden_states)  # shape: (batch, tokens, dim)
        if self.pooling == "pooler":
            return EncoderOutput(tokens, output.pooler_output)
        return EncoderOutput(tokens, pool(tokens, attention_mask, self.pooling))

    @cached_property
    def _takes_types(self) -> bool:
        """True if the backbone has an input for the sentence that a token belongs to."""
        # Some models have the argument, but a single type: RoBERTa would fail on the second one.
        known = "token_type_ids" in inspect.signature(self.backbone.forward).parameters
        return known and getattr(self.config, "type_vocab_size", 2) > 1


def pooler_arguments(config: PreTrainedConfig, pooling: SentencePooling) -> dict[str, Any]:
    """Return arguments of ``AutoModel`` that omit an unused pooler: DDP rejects weights that get no gradient."""
    classes: Any = MODEL_MAPPING[type(config)]
    # Some types of config have several models; AutoModel uses the first one by default.
    chosen = classes[0] if isinstance(classes, tuple) else classes
    optional = "add_pooling_layer" in inspect.signature(chosen).parameters
    return {"add_pooling_layer": pooling == "pooler"} if optional else {}


def check_kind(config: PreTrainedConfig) -> None:
    """Check that a config belongs to an encoder.

    Raises:
        ConfigurationError: transformers has no ``AutoModel`` for it, or it has a decoder.
    """
    if type(config) not in MODEL_MAPPING:
        raise ConfigurationError(
            f"transformers has no AutoModel for '{config.model_type}'",
            path="model",
            hint="use another encoder",
        )
    if config.is_encoder_decoder:
        raise ConfigurationError(
            f"'{config.model_type}' has a decoder, which needs inputs of its own",
            path="model",
            hint="use an encoder without decoder, such as BERT, RoBERTa, ELECTRA, DeBERTa or ModernBERT",
        )


def empty_backbone(
    config: PreTrainedConfig, pooling: SentencePooling, attention: Attention | None = None
) -> PreTrainedModel:
    """Return a backbone with random weights.

    Raises:
        ConfigurationError: it has no such pooler or attention.
    """
    arguments = pooler_arguments(config, pooling)
    if attention is not None:
        arguments["attn_implementation"] = attention
    try:
        backbone: PreTrainedModel = AutoModel.from_config(config, trust_remote_code=False, **arguments)  # type: ignore[no-untyped-call]
    except (ValueError, ImportError) as error:
        if attention is None:
            raise
        raise ConfigurationError(
            f"the attention '{attention}' is not available ({reason_of(error)})",
            path="attention",
            hint="leave the key out, or give 'eager'",
        ) from error
    check_pooler(backbone, pooling)
    return backbone


def check_pooler(backbone: PreTrainedModel, pooling: SentencePooling) -> None:
    """Check that the backbone has a pooler if ``pooling`` is ``pooler``.

    Raises:
        ConfigurationError: it has none.
    """
    if pooling == "pooler" and getattr(backbone, "pooler", None) is None:
        raise ConfigurationError(
            f"a '{backbone.config.model_type}' encoder has no pooler",
            path="pooling",
            hint="give 'cls', 'mean' or 'max'",
        )


def checkpoint_gradients(backbone: PreTrainedModel) -> None:
    """Make the backward pass recompute activations, which takes less memory and more time.

    Raises:
        ConfigurationError: the backbone does not support it.
    """
    if not backbone.supports_gradient_checkpointing:
        raise ConfigurationError(
            f"a '{backbone.config.model_type}' encoder does not support gradient checkpointing",
            path="gradient_checkpointing",
            hint="leave the key out",
        )
    # transformers renamed the method, and newer versions warn about the old name.
    names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
    enable: Any = next(getattr(backbone, name) for name in names if hasattr(backbone, name))
    # torch's reentrant form computes no gradients where no input needs one, as after frozen embeddings.
    enable({"use_reentrant": False})


def position_limit(backbone: PreTrainedModel) -> int:
    """Return the longest sequence that the backbone's positions allow.

    Learned positions end with their table; if it has a row for padding, as in RoBERTa, positions start after that row.
    Relative and rotary positions have no end, and the configured length is returned.
    """
    for name, module in backbone.named_modules():
        if isinstance(module, nn.Embedding) and name.rpartition(".")[2] in POSITION_TABLES:
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    made_for = getattr(backbone.config, "max_position_embeddings", None)
    return made_for if isinstance(made_for, int) and made_for > 0 else UNLIMITED


def check_tokenizer(tokenizer: PreTrainedTokenizerBase, config: PreTrainedConfig) -> None:
    """Check that every token id has an embedding.

    Raises:
        ConfigurationError: the tokenizer has more tokens than the encoder has embeddings.
    """
    vectors = getattr(config, "vocab_size", None)
    if isinstance(vectors, int) and len(tokenizer) > vectors:
        raise ConfigurationError(
            f"the tokenizer has {len(tokenizer)} tokens, and the encoder has embeddings for {vectors}",
            path="model",
            hint="give a folder with the encoder and its own tokenizer",
        )
