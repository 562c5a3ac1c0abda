"""Low-rank adapters in another encoder."""

from __future__ import annotations

from typing import Annotated, Self

from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from spanreg.encoders.base import Encoder, EncoderOutput
from spanreg.packages import import_package, require_package
from spanreg.registry import Above, AtLeast, Between, ConfigurationError, InstanceConfig, Search
from spanreg.text.name_patterns import matching_names


@Encoder.register("lora")
class LoraEncoder(Encoder):
    """Frozen encoder with trainable low-rank adapters; registered as ``lora``.

    A linear layer ``W x`` becomes ``W x + (alpha / rank) B A x``, where only A (rank rows) and B (rank columns) are
    trained. The package ``peft`` (extra ``lora``) provides the adapters.

    ``encoder: { type: 'lora', encoder: { type: 'pretrained', model: 'bert-base-uncased' }, rank: 8 }``

    Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022; peft.

    Parameters:
        encoder: the encoder to adapt.
        rank: rank of the adapters; default 8.
        alpha: scale of the adapters; default 16.
        dropout: dropout probability of the adapters' inputs; default 0.
        targets: linear layers to adapt: ``all-linear`` (default), a list of the last parts of their names, or a regular
            expression that matches whole names.

    Raises:
        ConfigurationError: ``peft`` is not installed, or ``targets`` matches no linear layer.
    """

    def __init__(
        self,
        encoder: Encoder,
        rank: Annotated[int, AtLeast(1), Search(choices=(4, 8, 16))] = 8,
        alpha: Annotated[float, Above(0)] = 16.0,
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.2)] = 0.0,
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
        """Tokenizer of the inner encoder."""
        return self.encoder.tokenizer

    @InstanceConfig
    def config(self) -> PreTrainedConfig:  # type: ignore[override]
        """Config of the inner encoder."""
        return self.encoder.config

    @property
    def dim(self) -> int:  # type: ignore[override]
        """Width of the inner encoder's vectors."""
        return self.encoder.dim

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        """Longest sequence of the inner encoder."""
        return self.encoder.max_tokens

    @property
    def backbone(self) -> PreTrainedModel:  # type: ignore[override]
        """Backbone of the inner encoder, with the adapters."""
        return self.encoder.backbone

    def load(self) -> Self:
        # A missing package is reported before a long download.
        require_package("peft", "the encoder 'lora'", path="type")
        self.encoder.load()
        return self._adapt()

    def restore(self, config: PreTrainedConfig) -> Self:
        self.encoder.restore(config)
        return self._adapt()

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        encoded: EncoderOutput = self.encoder(input_ids, attention_mask, token_type_ids)
        return encoded

    def _adapt(self) -> Self:
        if isinstance(self.targets, str):
            # peft matches the same names without a limit on time, and a saved model may be a stranger's.
            matching_names(self.targets, [name for name, _ in self.backbone.named_modules()], "targets", whole=True)
        # peft freezes all other weights of the backbone.
        peft = import_package("peft", "the encoder 'lora'", path="type")
        settings = peft.LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, target_modules=self.targets
        )
        try:
            # In place: a PeftModel around the backbone is not a PreTrainedModel, and has other names for its weights.
            peft.inject_adapter_in_model(settings, self.backbone)
        except ValueError as error:
            raise ConfigurationError(
                f"no linear layer of the encoder matches {self.targets!r}",
                path="targets",
                hint="give 'all-linear', the last parts of names such as ['query', 'value'], or a regular expression",
            ) from error
        return self
