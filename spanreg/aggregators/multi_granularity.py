"""Weighted sum over several segmentations of a text, with learned weights."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.registry import ConfigurationError, Lazy, Runtime


@Aggregator.register("multi_granularity")
class MultiGranularityAggregator(Aggregator):
    """Weighted sum of an inner aggregator's results for several segmentations; registered as ``multi_granularity``.

    With ``v[l]`` and ``u[l, j]``, the sequence and span vectors of segmentation l: ``v = sum over l of a[l] v[l]``; the
    span vectors of all segmentations are concatenated, scaled by their weights: ``a[l] u[l, j]``. The weights a sum
    to 1:

    - ``task``: ``a = softmax(b)``, with one learned number b[l] for each segmentation, so that fine-tuning selects the
      span setting of the task;
    - ``input``: ``a[l] = softmax over l of (w v[l] + b[l])``, computed for each sequence.

    In both, b starts at 0.

    ``aggregator: { type: 'multi_granularity', aggregator: { type: 'hierarchical_cnn' }, weighting: 'task' }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021, choose spans for each task; the learned weights are ours.

    Parameters:
        dim: width of the token vectors.
        layers: number of segmentations that the segmenter ``multi`` produces.
        aggregator: the inner aggregator; default ``hierarchical_cnn`` with its defaults.
        shared: whether all segmentations use the same inner aggregator; default false: each has its own weights.
        weighting: ``task`` (default) or ``input``.

    Raises:
        ConfigurationError: there is only one segmentation, or the inner aggregator produces no vectors.
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
            problem = "needs several segmentations, and the segmenter produces one"
            raise ConfigurationError(problem, hint="use the segmenter 'multi', or the inner aggregator alone")
        inner = aggregator or Lazy(Aggregator, {"type": "hierarchical_cnn"})
        # With layers=1, a multi_granularity inside another one is rejected by the check above.
        made = [inner.construct(dim=dim, layers=1) for _ in range(1 if shared else layers)]
        self.inner = nn.ModuleList(made)
        self.layers = layers
        self.channels = made[0].channels
        self._span_channels = made[0].span_channels
        if not self.channels:
            problem = "produces no vectors to weight"
            raise ConfigurationError(problem, path="aggregator", hint="use 'none' without 'multi_granularity'")
        self.bias = nn.Parameter(torch.zeros(layers))
        # No bias of its own: added to every score, it would cancel in the softmax and never get a gradient.
        self.score = nn.Linear(self.channels, 1, bias=False) if weighting == "input" else None

    @property
    def span_channels(self) -> int:
        return self._span_channels

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        """Return span vectors and sequence vectors.

        Args:
            tokens: token vectors, shape: (batch, tokens, dim).
            span_ids: int64, -1 for padding, shape: (batch, layers, tokens).
        """
        results = self._results(tokens, span_ids)
        sequences = torch.stack([one.sequence for one in results], 1)  # shape: (batch, layers, channels)
        weights = self._weights(sequences)  # shape: (batch, layers)
        # The weights are float32 even under autocast; the results keep the format of the inner aggregator's.
        sequence = (weights.unsqueeze(-1) * sequences).sum(1).to(sequences.dtype)  # shape: (batch, channels)
        spans = torch.cat(
            [weight[:, None, None] * one.spans for weight, one in zip(weights.unbind(1), results, strict=True)], 1
        ).to(sequences.dtype)  # shape: (batch, spans of all layers, span_channels)
        # shape: (batch, spans of all layers)
        exists = torch.cat([one.exists for one in results if one.exists is not None], 1)
        return AggregatorOutput(sequence, spans, exists)

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Return, for each token, the sum over segmentations of its span's weighted vector.

        Args:
            aggregated: result of ``forward``.
            span_ids: the span ids given to ``forward``, shape: (batch, layers, tokens).

        Returns:
            Shape: (batch, tokens, span_channels).
        """
        parts = list(zip(self._inner(), span_ids.unbind(1), strict=True))
        widths = [inner.span_slots(own) for inner, own in parts]  # how forward concatenated the span vectors
        vectors = [
            inner.token_vectors(aggregated._replace(spans=spans), own)  # shape: (batch, tokens, span_channels)
            for (inner, own), spans in zip(parts, torch.split_with_sizes(aggregated.spans, widths, 1), strict=True)
        ]
        return torch.stack(vectors).sum(0)

    def weights_of(self, tokens: Tensor, span_ids: Tensor) -> Tensor:
        """Return the weights of each sequence's segmentations, shape: (batch, layers); arguments as for ``forward``."""
        return self._weights(torch.stack([one.sequence for one in self._results(tokens, span_ids)], 1))

    def learned(self) -> dict[str, Any]:
        weights = [round(weight, 6) for weight in functional.softmax(self.bias.detach().double(), 0).tolist()]
        return {} if self.score is not None else {"weights": weights}

    def _results(self, tokens: Tensor, span_ids: Tensor) -> list[AggregatorOutput]:
        """Return the inner aggregator's result for each segmentation."""
        return [inner(tokens, own) for inner, own in zip(self._inner(), span_ids.unbind(1), strict=True)]

    def _inner(self) -> list[Aggregator]:
        """Return the inner aggregator of each segmentation."""
        inner = cast(list[Aggregator], list(self.inner))
        return inner if len(inner) == self.layers else inner * self.layers

    def _weights(self, sequences: Tensor) -> Tensor:
        """Return weights of shape (batch, layers) for sequence vectors of shape (batch, layers, channels)."""
        scores = self.bias.expand(sequences.shape[0], -1)  # shape: (batch, layers)
        if self.score is not None:
            scores = scores + self.score(sequences).squeeze(-1)
        return scores.softmax(1)
