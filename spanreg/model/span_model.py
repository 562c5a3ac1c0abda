"""Encoder, aggregator, fusion and head as one transformers model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils.generic import ModelOutput

from spanreg.aggregators.base import Aggregator
from spanreg.aggregators.layers.span_ids import check_span_ids
from spanreg.data.base import TaskKind
from spanreg.encoders.base import Encoder
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head
from spanreg.model.building import build, complete, head_class, kind_of, require_fitting_head
from spanreg.model.config import SpanModelConfig
from spanreg.registry import ConfigurationError
from spanreg.storage import MANIFEST, VerifiedFolder

ADAPTER_CONFIG = "adapter_config.json"
"File in which peft keeps the config of an adapter."
INITIALIZED = "_is_hf_initialized"
"What transformers calls the mark of a module whose weights are set."


@dataclass
class SpanModelOutput(ModelOutput):
    """What a span model makes of a batch."""

    loss: Tensor | None = None
    "Mean over the batch, at token level over its labelled tokens, a scalar; None where no gold labels were given."
    logits: Tensor | None = None
    "Shape: (batch, labels), with labels = 1 for regression; at token level (batch, tokens, labels)."
    features: Tensor | None = None
    """The span-enhanced representation that the head scores, shape: (batch, out_dim of the fusion); at token level
    (batch, tokens, out_dim)."""


class SpanModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """An encoder fine-tuned together with span information: encoder -> aggregator -> fusion -> head.

    A head at token level is handed one span-enhanced representation for each token: the fusion then joins the token's
    own vector, in place of the sentence vector, with the vector of the span that the token lies in, in place of the
    sequence vector. What an aggregator does beyond its span vectors is not used there, and not trained.

    Make a new one with ``assemble``; read a saved one back with ``from_pretrained(folder)``, which needs neither the
    network nor the place that the encoder came from. ``save_pretrained`` writes safetensors and a config; the tokenizer
    is saved beside them by its own ``save_pretrained``, and ``config.max_tokens`` tells the longest sequence.

    Parameters:
        config: the components' configs, the backbone's config and the labels.
        encoder: one that is loaded already; default: an empty one, to be filled by ``from_pretrained``.

    Raises:
        ConfigurationError: the config is not that of a span model, or a component's config does not fit.
    """

    config_class = SpanModelConfig
    main_input_name = "input_ids"
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(self, config: SpanModelConfig, encoder: Encoder | None = None) -> None:
        super().__init__(config)
        parts = config.components
        if not {"encoder", "aggregator", "fusion", "head"} <= parts.keys() or config.backbone is None:
            raise ConfigurationError(
                "this is not the config of a span model", hint="give a folder that SpanModel.save_pretrained wrote"
            )
        self.encoder: Encoder = encoder or build(Encoder, parts["encoder"], "encoder").restore(config.backbone)
        self.aggregator: Aggregator = build(
            Aggregator, parts["aggregator"], "aggregator", dim=self.encoder.dim, layers=config.span_layers
        )
        _require_one_or_taken(self.aggregator, config.span_layers)
        self.token_level = head_class(parts["head"]).level == "token"
        channels, span_channels = self.aggregator.channels, self.aggregator.span_channels
        self.fusion: Fusion = build(
            Fusion,
            parts["fusion"],
            "fusion",
            dim=self.encoder.dim,
            channels=span_channels if self.token_level else channels,
            span_channels=span_channels,
        )
        self.head: Head = build(Head, parts["head"], "head", dim=self.fusion.out_dim, num_labels=config.num_labels)
        self.supports_gradient_checkpointing = self.encoder.backbone.supports_gradient_checkpointing
        if encoder is not None:
            _keep_weights(self)
        self.post_init()  # type: ignore[no-untyped-call]

    @classmethod
    def assemble(
        cls,
        encoder: Encoder,
        components: Mapping[str, Any],
        labels: Sequence[str],
        layers: int = 1,
        kind: TaskKind | None = None,
    ) -> SpanModel:
        """A new model around a loaded encoder; the new parts get random weights, by ``torch.manual_seed``.

        Args:
            encoder: one that ``load`` was called on. Its backbone becomes part of the model, it is not copied.
            components: configs by family, plain JSON: ``encoder`` (the one that ``encoder`` was built from) and, where
                they are not to be the defaults, ``aggregator`` (default: ``none``), ``fusion`` (``concat``) and
                ``head`` (the one named like ``kind``). Other keys are left aside, so the whole resolved config of a
                run may be given.
            labels: label words in the order of their ids; empty for regression.
            layers: segmentations of each sequence, as the segmenter gives them; default 1.
            kind: what the task asks; default: ``classification``, or ``regression`` where there are no labels.

        Raises:
            ConfigurationError: a component's config does not fit, with the key path from the family on; or the head is
                for another kind of task.
        """
        kind = kind or kind_of(labels)
        require_fitting_head(components.get("head"), kind)
        config = SpanModelConfig(
            components=complete(components, kind),
            backbone=encoder.backbone.config,
            max_tokens=encoder.max_tokens,
            span_layers=layers,
            label_words=labels,
            kind=kind,
        )
        return cls(config, encoder)

    @classmethod
    def from_pretrained(cls, *args: Any, output_loading_info: bool = False, **kwargs: Any) -> Any:
        """Load a saved model as transformers does, but never with random or damaged weights, and never from a pickle.

        Weights that are missing are an error, and so are a config and weights that are not those of the folder's
        manifest, where it has one; a run writes one. Weights are safetensors alone: other formats are pickles.

        Raises:
            ConfigurationError: the folder holds another kind of model, lacks weights, or is damaged; or it has an
                adapter, for which transformers would read further files and may load another model altogether.
        """
        source, inside = kwargs.get("pretrained_model_name_or_path") or args[0], kwargs.get("subfolder", "")
        if Path(source, inside, ADAPTER_CONFIG).exists():
            raise ConfigurationError(
                f"there is {ADAPTER_CONFIG} in '{source}', which no saved span model has", hint="remove that file"
            )
        _verify(source, inside)
        kwargs.setdefault("use_safetensors", True)
        loaded: Any = super().from_pretrained(*args, output_loading_info=True, **kwargs)
        model, report = loaded
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"])[:3])
            raise ConfigurationError(
                f"the saved model lacks {len(report['missing_keys'])} of its weights, such as {missing}",
                hint="give a folder that SpanModel.save_pretrained wrote",
            )
        return (model, report) if output_loading_info else model

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        span_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> SpanModelOutput:
        """Scores a batch.

        Args:
            input_ids: shape: (batch, tokens).
            attention_mask: 1 for tokens, 0 for padding, shape: (batch, tokens); default: no padding.
            span_ids: index of each token's span in its sequence, -1 for padding, shape: (batch, tokens); of several
                segmentations (batch, layers, tokens). Not needed where nothing reads spans (aggregator ``none``).
            token_type_ids: which sentence of a pair a token belongs to, where the encoder asks for it,
                shape: (batch, tokens).
            labels: what the head takes: label ids, or real values for regression, shape: (batch,); for multi-label
                0 or 1, shape: (batch, labels); at token level label ids, -100 for none, shape: (batch, tokens).

        Raises:
            ValueError: on the CPU, span ids that do not partition the tokens.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if span_ids is None:
            span_ids = self._single_tokens(attention_mask)
        check_span_ids(span_ids, attention_mask, self.config.span_layers)
        encoded = self.encoder(input_ids, attention_mask, token_type_ids)
        aggregated = self.aggregator(encoded.tokens, span_ids)
        if self.token_level:
            handed_back = self.aggregator.token_vectors(aggregated, span_ids)  # shape: (batch, tokens, span_channels)
            features = self.fusion(encoded.tokens, aggregated._replace(sequence=handed_back))
        else:
            features = self.fusion(encoded.sentence, aggregated)
        # Scores rounded to bf16 would tie, which a rank correlation sees; the head is small, so it computes in full.
        with torch.autocast(features.device.type, enabled=False):
            scored = self.head(features.to(self.dtype), labels)
        return SpanModelOutput(loss=scored.loss, logits=scored.logits, features=features)

    def _single_tokens(self, attention_mask: Tensor) -> Tensor:
        """Return span ids that make each token its own span, for a model that does not read them.

        Raises:
            ConfigurationError: the model reads spans.
        """
        if self.aggregator.reads_spans:
            raise ConfigurationError(
                "the model reads spans, and was called without span_ids",
                hint="score texts with spanreg.load(folder), or make inputs by spanreg.load(folder).batch(texts)",
            )
        span_ids = (attention_mask.cumsum(-1) - 1).masked_fill(attention_mask == 0, -1)
        layers = self.config.span_layers
        return span_ids if layers == 1 else span_ids.unsqueeze(1).expand(-1, layers, -1)

    def predict(self, logits: Tensor) -> Tensor:
        """Label ids or real values, in the shape of the labels; any number of dimensions may come first."""
        return self.head.predict(logits)

    def get_input_embeddings(self) -> nn.Module:
        return self.encoder.backbone.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.encoder.backbone.set_input_embeddings(value)


def _verify(source: Any, subfolder: str) -> None:
    """Verify config and weights of a local folder that has a manifest.

    Raises:
        DamagedFileError: a file is not as it was written.
    """
    folder = Path(source, subfolder)
    if not (folder / MANIFEST).exists():
        return
    files = VerifiedFolder(folder, "copy the folder again, or train the model again")
    names = files.manifest.names() if files.manifest else []
    files.verify("config.json", *(name for name in names if name.endswith((".safetensors", ".safetensors.index.json"))))


def _require_one_or_taken(aggregator: Aggregator, layers: int) -> None:
    if layers > 1 and aggregator.segmentations == "one":
        raise ConfigurationError(
            f"takes one segmentation, and there are {layers}",
            path="aggregator",
            hint="take the aggregator 'multi_granularity', with this one in it",
        )


def _keep_weights(model: nn.Module) -> None:
    """Tells transformers that each part has set its own weights, so that ``post_init`` does not set them anew."""
    for module in model.modules():
        setattr(module, INITIALIZED, True)
