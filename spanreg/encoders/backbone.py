"""What the encoders on a transformers model share: sizes, pooling, an empty backbone."""

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
from spanreg.encoders.pooling import Pooling, pool
from spanreg.encoders.sources import first_line
from spanreg.registry import ConfigurationError

UNLIMITED = 1_000_000
"What ``max_tokens`` says of an encoder without any limit."

POSITION_TABLES = ("position_embeddings", "embed_positions", "wpe")
"Names of learned positions in transformers models."

Attention = Literal["eager", "sdpa", "flash_attention_2", "flex_attention"]


class BackboneEncoder(Encoder):
    """Base of the encoders whose backbone is an ``AutoModel``.

    To add one: subclass, set ``config`` and ``tokenizer`` in ``__init__`` (or as cached properties) and implement
    ``load``: it sets ``backbone`` and then calls ``equip``.

    Parameters:
        pooling: how the sentence vector arises: ``cls``, ``mean``, ``max`` or ``pooler``, the backbone's own.
        attention: how the backbone computes attention; default: what transformers takes to be best.
        states: what token vectors are made of: ``last``, the last layer's; ``mix``, a learned mean of all layers'.
        freeze: which weights stay as they are, as ``freeze_weights`` takes it; default: none.
        gradient_checkpointing: whether the backward pass computes again what the forward pass did not keep.
    """

    def __init__(
        self,
        pooling: Pooling,
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
                f"an encoder of the kind '{self.config.model_type}' does not say how wide its vectors are",
                path="model",
                hint="take an encoder of text, such as BERT, RoBERTa, ELECTRA, DeBERTa or ModernBERT",
            )
        return width

    @cached_property
    def max_tokens(self) -> int:  # type: ignore[override]
        """The lower of what the positions and the tokenizer allow.

        Asks a backbone without storage, so a pooler or an attention that it lacks comes to light before any data are
        read.
        """
        with torch.device("meta"):
            skeleton = empty_backbone(deepcopy(self.config), self.pooling, self.attention)
        return min(position_limit(skeleton), int(self.tokenizer.model_max_length), UNLIMITED)

    def restore(self, config: PreTrainedConfig) -> Self:
        check_kind(config)
        self.config = config
        self.backbone = empty_backbone(config, self.pooling, self.attention)
        return self.equip()

    def equip(self) -> Self:
        """Does with the backbone what the options ask for, and gives the encoder back.

        Raises:
            ConfigurationError: nothing fits ``freeze``, or the backbone cannot compute again.
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
            tokens = self.mix(output.hidden_states)
        if self.pooling == "pooler":
            return EncoderOutput(tokens, output.pooler_output)
        return EncoderOutput(tokens, pool(tokens, attention_mask, self.pooling))

    @cached_property
    def _takes_types(self) -> bool:
        """Whether the backbone tells the two sentences of a pair apart."""
        known = "token_type_ids" in inspect.signature(self.backbone.forward).parameters
        return known and getattr(self.config, "type_vocab_size", 2) > 1


def pooler_arguments(config: PreTrainedConfig, pooling: Pooling) -> dict[str, Any]:
    """Arguments that leave the backbone's own pooler out unless it is asked for: unused weights trouble DDP."""
    classes: Any = MODEL_MAPPING[type(config)]
    chosen = classes[0] if isinstance(classes, tuple) else classes
    optional = "add_pooling_layer" in inspect.signature(chosen).parameters
    return {"add_pooling_layer": pooling == "pooler"} if optional else {}


def check_kind(config: PreTrainedConfig) -> None:
    """Holds that a config is that of an encoder.

    Raises:
        ConfigurationError: there is no ``AutoModel`` for it, or it also has a decoder.
    """
    if type(config) not in MODEL_MAPPING:
        raise ConfigurationError(
            f"transformers has no AutoModel for the kind '{config.model_type}'",
            path="model",
            hint="take another encoder",
        )
    if config.is_encoder_decoder:
        raise ConfigurationError(
            f"'{config.model_type}' is an encoder with a decoder, which asks for the decoder's input too",
            path="model",
            hint="take an encoder alone, such as BERT, RoBERTa, ELECTRA, DeBERTa or ModernBERT",
        )


def empty_backbone(config: PreTrainedConfig, pooling: Pooling, attention: Attention | None = None) -> PreTrainedModel:
    """A backbone with random weights.

    Raises:
        ConfigurationError: it lacks the pooler or the attention asked for.
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
            f"the attention '{attention}' is not to be had here ({first_line(error)})",
            path="attention",
            hint="leave the key out, or give 'eager'",
        ) from error
    check_pooler(backbone, pooling)
    return backbone


def check_pooler(backbone: PreTrainedModel, pooling: Pooling) -> None:
    """Holds that ``pooler`` is only asked of a backbone that has one.

    Raises:
        ConfigurationError: it has none.
    """
    if pooling == "pooler" and getattr(backbone, "pooler", None) is None:
        raise ConfigurationError(
            f"an encoder of the kind '{backbone.config.model_type}' has no pooler",
            path="pooling",
            hint="give 'cls', 'mean' or 'max'",
        )


def checkpoint_gradients(backbone: PreTrainedModel) -> None:
    """Lets the backward pass compute again what the forward pass did not keep: less memory, more time.

    Raises:
        ConfigurationError: the backbone cannot.
    """
    if not backbone.supports_gradient_checkpointing:
        raise ConfigurationError(
            f"an encoder of the kind '{backbone.config.model_type}' cannot compute its layers again",
            path="gradient_checkpointing",
            hint="leave the key out",
        )
    # transformers gave the method a new name on the way, and warns of the old one.
    names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
    enable: Any = next(getattr(backbone, name) for name in names if hasattr(backbone, name))
    enable({"use_reentrant": False})


def position_limit(backbone: PreTrainedModel) -> int:
    """Longest sequence that the positions allow.

    Learned positions end with their table; where it has a row for padding (RoBERTa and its kin), counting begins behind
    that row. Relative and rotary positions have no end; there the length that the model was made for is taken.
    """
    for name, module in backbone.named_modules():
        if isinstance(module, nn.Embedding) and name.rpartition(".")[2] in POSITION_TABLES:
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    made_for = getattr(backbone.config, "max_position_embeddings", None)
    return made_for if isinstance(made_for, int) and made_for > 0 else UNLIMITED


def check_tokenizer(tokenizer: PreTrainedTokenizerBase, config: PreTrainedConfig) -> None:
    """Holds that every token id has a vector.

    Raises:
        ConfigurationError: the tokenizer has more tokens than the encoder has vectors for.
    """
    vectors = getattr(config, "vocab_size", None)
    if isinstance(vectors, int) and len(tokenizer) > vectors:
        raise ConfigurationError(
            f"the tokenizer has {len(tokenizer)} tokens, the encoder vectors for {vectors}",
            path="model",
            hint="give a folder in which the two belong together",
        )
