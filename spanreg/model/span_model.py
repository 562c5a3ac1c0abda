"""Encoder, aggregator, fusion and head as one model of transformers."""

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
from spanreg.encoders.sources import ADAPTER_CONFIG
from spanreg.encoders.weight_memory import align_weights
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head
from spanreg.model.config import SpanModelConfig
from spanreg.model.parts import (
    as_written,
    build_part,
    default_task_kind,
    head_class,
    require_fitting_head,
    with_defaults,
)
from spanreg.registry import ConfigurationError
from spanreg.storage import MANIFEST, VerifiedFolder

INITIALIZED = "_is_hf_initialized"
"The attribute by which transformers marks a module whose weights are initialized."


@dataclass
class SpanModelOutput(ModelOutput):
    """The output of a span model for a batch.

    ``model(**batch).logits``
    """

    loss: Tensor | None = None
    "Mean over the batch, at token level over its labelled tokens, a scalar; None without gold labels."
    logits: Tensor | None = None
    "Shape: (batch, labels), with labels = 1 for regression; at token level (batch, tokens, labels)."
    features: Tensor | None = None
    """The span-enhanced representation that the head scores, shape: (batch, out_dim of the fusion); at token level
    (batch, tokens, out_dim)."""


class SpanModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """An encoder with span information: encoder -> aggregator -> fusion -> head.

    ``SpanModel.from_pretrained("run/model")(**SavedInputs(Path("run")).batch(["She spilled the beans."])).logits``

    A head at token level scores one span-enhanced representation for each token: the fusion then joins the token's own
    vector, instead of the sentence vector, with the vector of the token's span, instead of the sequence vector. Weights
    of an aggregator beyond its span vectors are not used there, and not trained. This level is ours: for named
    entities, the paper's released code runs a transformer layer or a convolution within each span instead.

    ``assemble`` makes a new model; ``from_pretrained(folder)`` reads a saved one, without a network and without the
    original encoder. ``save_pretrained`` writes safetensors and a config; the tokenizer is saved by its own
    ``save_pretrained``, and ``config.max_tokens`` is the longest sequence.

    Parameters:
        config: the components' configs, the backbone's config and the labels.
        encoder: a loaded encoder; default: an empty one, which ``from_pretrained`` fills.
        parts: configs by family that are planned already (``Lazy``); default: those of ``config``, which are planned
            here.

    Raises:
        ConfigurationError: the config is not that of a span model, or a component's config is wrong.
    """

    config_class = SpanModelConfig
    main_input_name = "input_ids"
    # transformers checks these for the whole model and for its backbone; only the backbone has such attention.
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(
        self, config: SpanModelConfig, encoder: Encoder | None = None, parts: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(config)
        parts = parts or config.components
        if not {"encoder", "aggregator", "fusion", "head"} <= parts.keys() or config.backbone is None:
            raise ConfigurationError(
                "this is not the config of a span model", hint="give a folder that SpanModel.save_pretrained wrote"
            )
        self.encoder: Encoder = encoder or build_part(Encoder, parts["encoder"], "encoder").restore(config.backbone)
        self.aggregator: Aggregator = build_part(
            Aggregator, parts["aggregator"], "aggregator", dim=self.encoder.dim, layers=config.span_layers
        )
        # `spanreg check` reports this for a config; a model that is assembled in Python arrives here unchecked.
        if config.span_layers > 1 and self.aggregator.segmentations == "one":
            raise ConfigurationError(
                f"takes one segmentation, and there are {config.span_layers}",
                path="aggregator",
                hint="use the aggregator 'multi_granularity', with this one in it",
            )
        # The class of the head, before the head itself: the fusion's width depends on its level.
        self.token_level = head_class(parts["head"]).level == "token"
        channels, span_channels = self.aggregator.channels, self.aggregator.span_channels
        self.fusion: Fusion = build_part(
            Fusion,
            parts["fusion"],
            "fusion",
            dim=self.encoder.dim,
            channels=span_channels if self.token_level else channels,
            span_channels=span_channels,
        )
        self.head: Head = build_part(Head, parts["head"], "head", dim=self.fusion.out_dim, num_labels=config.num_labels)
        self.supports_gradient_checkpointing = self.encoder.backbone.supports_gradient_checkpointing
        if encoder is not None:
            # post_init would replace the weights that each part has set, those of the pre-trained encoder among them.
            for module in self.modules():
                setattr(module, INITIALIZED, True)
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
        """Return a new model around a loaded encoder; the new parts get random weights, by ``torch.manual_seed``.

        Args:
            encoder: the encoder, after ``load``. Its backbone becomes part of the model and is not copied.
            components: configs by family, as plain JSON or planned already (``Lazy``): ``encoder`` (the config that
                ``encoder`` was built from) and optionally ``aggregator`` (default: ``none``), ``fusion``
                (``concat``) and ``head`` (the one named like ``kind``). Other keys are ignored.
            labels: label words in the order of their ids; empty for regression.
            layers: number of segmentations of each sequence; default 1.
            kind: kind of the task; default: ``classification``, or ``regression`` without labels.

        Raises:
            ConfigurationError: a component's config is wrong, with the key path from the family on; or the head is for
                another kind of task.
        """
        kind = kind or default_task_kind(labels)
        require_fitting_head(components.get("head"), kind)
        parts = with_defaults(components, kind)
        config = SpanModelConfig(
            components={family: as_written(part) for family, part in parts.items()},
            backbone=encoder.backbone.config,
            max_tokens=encoder.max_tokens,
            span_layers=layers,
            label_words=labels,
            kind=kind,
        )
        return cls(config, encoder, parts)

    @classmethod
    def from_pretrained(cls, *args: Any, output_loading_info: bool = False, **kwargs: Any) -> Any:
        """Load a saved model like transformers, but never with random or damaged weights, and never from a pickle.

        Missing weights are an error, and so are a config and weights that differ from the folder's manifest, if it has
        one, as the folders of runs do. Weights must be safetensors: other formats are pickles.

        Raises:
            ConfigurationError: the folder has another kind of model, lacks weights, is damaged, or has an adapter.
        """
        source, inside = kwargs.get("pretrained_model_name_or_path") or args[0], kwargs.get("subfolder", "")
        # For an adapter, transformers would read further files, and may load another model.
        if Path(source, inside, ADAPTER_CONFIG).exists():
            raise ConfigurationError(
                f"there is {ADAPTER_CONFIG} in '{source}', which a saved span model does not have",
                hint="remove that file",
            )
        _verify(source, inside)
        kwargs.setdefault("use_safetensors", True)  # other formats are pickles, which run code
        loaded: Any = super().from_pretrained(*args, output_loading_info=True, **kwargs)
        model, report = loaded
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"])[:3])
            raise ConfigurationError(
                f"the saved model lacks {len(report['missing_keys'])} of its weights, such as {missing}",
                hint="give a folder that SpanModel.save_pretrained wrote",
            )
        align_weights(model)
        return (model, report) if output_loading_info else model

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        span_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> SpanModelOutput:
        """Return loss and logits of a batch.

        Args:
            input_ids: shape: (batch, tokens).
            attention_mask: 1 for tokens, 0 for padding, shape: (batch, tokens); default: no padding.
            span_ids: index of each token's span in its sequence, -1 for padding, shape: (batch, tokens); for several
                segmentations (batch, layers, tokens). Not needed if nothing reads spans (aggregator ``none``).
            token_type_ids: sentence of a pair that a token belongs to, for encoders that use it,
                shape: (batch, tokens).
            labels: gold labels: label ids, or real values for regression, shape: (batch,); for multi-label
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
            token_vectors = self.aggregator.token_vectors(aggregated, span_ids)  # shape: (batch, tokens, span_channels)
            # shape: (batch, tokens, out_dim)
            features = self.fusion(encoded.tokens, aggregated._replace(sequence=token_vectors))
        else:
            features = self.fusion(encoded.sentence, aggregated)  # shape: (batch, out_dim)
        # Scores rounded to bf16 would tie, which changes a rank correlation; in the small head, float32 costs little.
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
        span_ids = (attention_mask.cumsum(-1) - 1).masked_fill(attention_mask == 0, -1)  # shape: (batch, tokens)
        layers = self.config.span_layers
        return span_ids if layers == 1 else span_ids.unsqueeze(1).expand(-1, layers, -1)

    def predict(self, logits: Tensor) -> Tensor:
        """Return label ids or real values, in the shape of the labels; any number of dimensions may come first."""
        return self.head.predict(logits)

    def get_input_embeddings(self) -> nn.Module:
        return self.encoder.backbone.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.encoder.backbone.set_input_embeddings(value)


def _verify(source: Any, subfolder: str) -> None:
    """Verify config and weights of a local folder that has a manifest.

    Raises:
        DamagedFileError: a file differs from what was written.
    """
    folder = Path(source, subfolder)
    if not (folder / MANIFEST).exists():
        return
    files = VerifiedFolder(folder, "copy the folder again, or train the model again")
    names = files.manifest.names() if files.manifest else []
    # The other files are verified where they are read, by ``SavedInputs``.
    files.verify("config.json", *(name for name in names if name.endswith((".safetensors", ".safetensors.index.json"))))
