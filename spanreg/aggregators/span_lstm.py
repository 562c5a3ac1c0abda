"""Bidirectional LSTM over the spans."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import mean_of_spans
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import AtLeast, Runtime, Search


@Aggregator.register("span_lstm")
class SpanLstm(Aggregator):
    """Bidirectional LSTM over the means of the spans; registered as ``span_lstm``.

    With ``m[j]`` the mean of the tokens of span j, f and b the states of a forward and a backward LSTM over m:
    ``u[j] = [f[j]; b[j]]`` and ``v = [f[last]; b[first]]``.

    ``aggregator: { type: 'span_lstm', hidden: 128 }``

    Parameters:
        dim: width of the token vectors.
        hidden: width of each direction; span and sequence vectors have twice that width; default 128.
    """

    def __init__(
        self, dim: Runtime[int], hidden: Annotated[int, AtLeast(1), Search(choices=(64, 128, 256))] = 128
    ) -> None:
        super().__init__(dim)
        self.channels = 2 * hidden
        # Two modules instead of a bidirectional one, which would read the padding first on the way back.
        self.onward = nn.LSTM(dim, hidden, batch_first=True)
        self.back = nn.LSTM(dim, hidden, batch_first=True)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        last = (exists.sum(1, keepdim=True) - 1).clamp(min=0)  # shape: (batch, 1)
        # Reversing the real spans keeps padding at the end in both directions, without sending lengths to the CPU.
        turned = (last - torch.arange(count, device=last.device)).abs().clamp(max=count - 1)  # shape: (batch, spans)
        means = mean_of_spans(tokens, span_ids, count)  # shape: (batch, spans, dim)
        onward = _states(self.onward, means)  # shape: (batch, spans, hidden)
        # shape: (batch, spans, hidden), from the last span to the first
        back = _states(self.back, _rows(means, turned))
        # Reversed again, the backward states are in the order of the spans; shape: (batch, spans, channels).
        spans = torch.cat((onward, _rows(back, turned)), dim=-1).masked_fill(~exists.unsqueeze(-1), 0)
        sequence = torch.cat((_rows(onward, last), _rows(back, last)), dim=-1).squeeze(1)  # shape: (batch, channels)
        return AggregatorOutput(sequence, spans, exists)


def _states(lstm: nn.LSTM, vectors: Tensor) -> Tensor:
    """Return the states of an LSTM after each vector, shape: (batch, spans, hidden)."""
    states: Tensor
    if vectors.device.type != "cpu":
        states, _ = lstm(vectors)
        return states
    # torch has no bf16 LSTM for processors without AVX-512, and raises an error there.
    with torch.autocast("cpu", enabled=False):
        states, _ = lstm(vectors.to(next(lstm.parameters()).dtype))
    return states


def _rows(states: Tensor, positions: Tensor) -> Tensor:
    """Return the states at some positions, shape: (batch, positions, channels)."""
    return states.gather(1, positions.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
