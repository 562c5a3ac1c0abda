"""Convolution along a sequence that does not look over the borders of its groups."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

NO_GROUP = -2
"What stands beyond the ends of a sequence: span ids begin at -1."


class GroupConvolution(nn.Module):
    """Convolution of odd width k in which a neighbour counts only if it lies in the same group, and as zero otherwise.

    ``out[t] = bias + sum over o in -r..r of weight[o] @ states[t + o] * (groups[t + o] == groups[t])``, where
    ``r = (k - 1) / 2``.

    One matrix product serves all offsets: every position is projected for each of them, and the projections, not the
    wider inputs, are then shifted, masked and added.

    Parameters:
        dim: width of the inputs.
        channels: width of the result.
        kernel_size: odd width k in positions.
    """

    def __init__(self, dim: int, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.channels = channels
        self.radius = kernel_size // 2
        bound = 1 / math.sqrt(dim * kernel_size)
        self.weight = nn.Parameter(torch.empty(kernel_size * channels, dim).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels).uniform_(-bound, bound))

    def forward(self, states: Tensor, groups: Tensor) -> Tensor:
        """Shape: (batch, tokens, channels), for ``states`` (batch, tokens, dim) and ``groups`` (batch, tokens)."""
        projected = functional.linear(states, self.weight)  # shape: (batch, tokens, kernel_size * channels)
        offsets = torch.split_with_sizes(projected, [self.channels] * (2 * self.radius + 1), dim=-1)
        numbers = groups.long().unsqueeze(-1)  # shape: (batch, tokens, 1)
        total = offsets[self.radius] + self.bias.to(projected.dtype)  # shape: (batch, tokens, channels)
        for distance in range(1, self.radius + 1):
            # What is in another group than the position that it would go to stays behind.
            before = offsets[self.radius - distance].masked_fill(_shifted(numbers, -distance, NO_GROUP) != numbers, 0)
            after = offsets[self.radius + distance].masked_fill(_shifted(numbers, distance, NO_GROUP) != numbers, 0)
            total = total + _shifted(before, distance) + _shifted(after, -distance)
        return total


def _shifted(states: Tensor, distance: int, fill: int = 0) -> Tensor:
    """Everything moved ``distance`` places on, or back where negative; what moves in from beyond the ends is ``fill``.

    First longer, then cut: so it also serves a sequence shorter than the distance, of whatever length the export of a
    model does not know.
    """
    tokens = states.shape[1]
    if distance < 0:
        return functional.pad(states, (0, 0, 0, -distance), value=fill)[:, -distance:]
    return functional.pad(states, (0, 0, distance, 0), value=fill)[:, :tokens]
