"""Several segmentations of one text, each aggregated by itself, weighed by what the task has taught."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.registry import ConfigurationError, Lazy, Runtime


@Aggregator.register("multi_granularity")
class MultiGranularityAggregator(Aggregator):
    """Weighted sum of what an inner aggregator makes of each segmentation, registered as ``multi_granularity``.

    With ``v[l]`` and ``u[l, j]``, the sequence and span vectors of segmentation l: ``v = sum over l of a[l] v[l]``;
    the span vectors are those of all segmentations one after the other, ``a[l] u[l, j]``. The weights sum to 1:

    - ``task``: ``a = softmax(b)``, one learned number b[l] for each segmentation, so that the task settles the span
      setting while it is fine-tuned;
    - ``input``: ``a[l] = softmax over l of (w v[l] + b[l])``, from each sequence anew.

    Both begin with equal b. The idea that spans are set by the task is that of Bao, Zhang and Zhao, "Span Fine-tuning
    for Pre-trained Language Models", Findings of EMNLP 2021; the weighing is ours.

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021, let the task set the spans; the weighing is ours.

    Parameters:
        dim: width of the token vectors.
        layers: number of segmentations, as the segmenter ``multi`` gives them.
        aggregator: the inner one; default ``hierarchical_cnn`` with its defaults.
        shared: whether one inner aggregator serves all segmentations; default: each has its own weights.
        weighting: ``task`` (default) or ``input``.

    Raises:
        ConfigurationError: there is one segmentation only, or the inner aggregator gives no vectors.
    """

    segmentations: ClassVar[Literal["one", "several", "any"]] = "several"

    def __init__(
        self,
        dim: Runtime[int],
        layers: Runtime[int],
        aggregator: Lazy[Aggregator] | None = None,
        shared: bool = False,
        weighting: Literal["task", "input"] = "task",
    ) -> None:
        super().__init__(dim)
        if layers < 2:
            problem = "weighs several segmentations, but there is one"
            raise ConfigurationError(problem, hint="take the segmenter 'multi', or the inner aggregator alone")
        inner = aggregator or Lazy(Aggregator, {"type": "hierarchical_cnn"})
        # The inner one is told of one segmentation: of those that weigh several, one inside another is refused.
        made = [inner.construct(dim=dim, layers=1) for _ in range(1 if shared else layers)]
        self.inner = nn.ModuleList(made)
        self.layers = layers
        self.channels = made[0].channels
        self._span_channels = made[0].span_channels
        if not self.channels:
            problem = "leaves no vectors to weigh"
            raise ConfigurationError(problem, path="aggregator", hint="take 'none' without 'multi_granularity'")
        self.bias = nn.Parameter(torch.zeros(layers))
        # Its softmax does not see what is added to all scores alike, so the bias is that of the segmentations alone.
        self.score = nn.Linear(self.channels, 1, bias=False) if weighting == "input" else None

    @property
    def span_channels(self) -> int:
        return self._span_channels

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        """Span and sequence vectors.

        Args:
            tokens: shape: (batch, tokens, dim).
            span_ids: int64, shape: (batch, layers, tokens), -1 for padding.
        """
        layers = self._layers(tokens, span_ids)
        sequences = torch.stack([layer.sequence for layer in layers], 1)  # shape: (batch, layers, channels)
        weights = self._weights(sequences)  # shape: (batch, layers)
        sequence = (weights.unsqueeze(-1) * sequences).sum(1).to(sequences.dtype)  # shape: (batch, channels)
        spans = torch.cat(
            [weight[:, None, None] * layer.spans for weight, layer in zip(weights.unbind(1), layers, strict=True)], 1
        ).to(sequences.dtype)  # shape: (batch, spans of all layers, span_channels)
        exists = torch.cat([layer.exists for layer in layers if layer.exists is not None], 1)
        return AggregatorOutput(sequence, spans, exists)

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Sum of the weighted vectors of the spans that each token lies in, one of each segmentation.

        Args:
            aggregated: what ``forward`` gave.
            span_ids: shape: (batch, layers, tokens).
        """
        parts = list(zip(self._inner(), span_ids.unbind(1), strict=True))
        widths = [inner.span_slots(own) for inner, own in parts]
        handed_back = [
            inner.token_vectors(aggregated._replace(spans=spans), own)  # shape: (batch, tokens, span_channels)
            for (inner, own), spans in zip(parts, torch.split_with_sizes(aggregated.spans, widths, 1), strict=True)
        ]
        return torch.stack(handed_back).sum(0)

    def weights_of(self, tokens: Tensor, span_ids: Tensor) -> Tensor:
        """What each sequence's segmentations weigh, shape: (batch, layers); arguments as for ``forward``."""
        return self._weights(torch.stack([layer.sequence for layer in self._layers(tokens, span_ids)], 1))

    def learned(self) -> dict[str, Any]:
        weights = [round(weight, 6) for weight in functional.softmax(self.bias.detach().double(), 0).tolist()]
        return {} if self.score is not None else {"weights": weights}

    def _layers(self, tokens: Tensor, span_ids: Tensor) -> list[AggregatorOutput]:
        """What the inner aggregators make of each segmentation."""
        return [inner(tokens, own) for inner, own in zip(self._inner(), span_ids.unbind(1), strict=True)]

    def _inner(self) -> list[Aggregator]:
        """The inner aggregator of each segmentation."""
        inner = cast(list[Aggregator], list(self.inner))
        return inner if len(inner) == self.layers else inner * self.layers

    def _weights(self, sequences: Tensor) -> Tensor:
        """Shape: (batch, layers), for the sequence vectors of all layers, shape: (batch, layers, channels)."""
        scores = self.bias.expand(sequences.shape[0], -1)
        if self.score is not None:
            scores = scores + self.score(sequences).squeeze(-1)
        return scores.softmax(1)
