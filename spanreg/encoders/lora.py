"""Another encoder with low-rank adapters."""

from __future__ import annotations

import importlib
from typing import Annotated, Any, Self

from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from spanreg.encoders.base import Encoder, EncoderOutput
from spanreg.registry import Above, AtLeast, Between, ConfigurationError


@Encoder.register("lora")
class LoraEncoder(Encoder):
    """Freezes another encoder's backbone and learns low-rank changes to it, registered as ``lora``.

    A linear layer ``W x`` becomes ``W x + (alpha / rank) B A x``, where only A (rank rows) and B (rank columns) are
    trained. After Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022; the package ``peft``
    (extra ``lora``) does the work.

    Source: Hu et al., ICLR 2022; peft.

    Parameters:
        encoder: the one to adapt.
        rank: rank of the changes; default 8.
        alpha: their scale; default 16.
        dropout: share of the adapters' inputs that training drops; default 0.
        targets: which linear layers: ``all-linear`` (default), a list of the last parts of their names, or a regular
            expression over whole names.

    Raises:
        ConfigurationError: ``peft`` is not installed, or no linear layer fits ``targets``.
    """

    def __init__(
        self,
        encoder: Encoder,
        rank: Annotated[int, AtLeast(1)] = 8,
        alpha: Annotated[float, Above(0)] = 16.0,
        dropout: Annotated[float, Between(0, 1)] = 0.0,
        targets: str | list[str] = "all-linear",
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = targets

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:  # type: ignore[override]
        """The inner encoder's."""
        return self.encoder.tokenizer

    @property
    def config(self) -> PreTrainedConfig:  # type: ignore[override]
        """The inner encoder's."""
        return self.encoder.config

    @property
    def dim(self) -> int:  # type: ignore[override]
        """The inner encoder's."""
        return self.encoder.dim

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        """The inner encoder's."""
        return self.encoder.max_tokens

    @property
    def backbone(self) -> PreTrainedModel:  # type: ignore[override]
        """The inner encoder's, with the adapters in it."""
        return self.encoder.backbone

    def load(self) -> Self:
        _peft()  # Before a long download.
        self.encoder.load()
        return self._adapt()

    def restore(self, config: PreTrainedConfig) -> Self:
        self.encoder.restore(config)
        return self._adapt()

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        encoded: EncoderOutput = self.encoder(input_ids, attention_mask, token_type_ids)
        return encoded

    def _adapt(self) -> Self:
        peft = _peft()
        settings = peft.LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, target_modules=self.targets
        )
        try:
            peft.inject_adapter_in_model(settings, self.backbone)
        except ValueError as error:
            raise ConfigurationError(
                f"no linear layer of the encoder fits {self.targets!r}",
                path="targets",
                hint="give 'all-linear', last parts of names such as ['query', 'value'], or a regular expression",
            ) from error
        return self


def _peft() -> Any:
    try:
        return importlib.import_module("peft")
    except ModuleNotFoundError as error:
        hint = "install the extra: pip install 'spanreg[lora]'"
        raise ConfigurationError("the encoder 'lora' needs the package peft", path="type", hint=hint) from error
