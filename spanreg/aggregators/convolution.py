"""Convolution along a sequence that does not look over the borders of its groups."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        total = offsets[self.radius] + self.bias.to(projected.dtype)  # shape: (batch, tokens, channels)
        for distance in range(1, min(self.radius, states.shape[1] - 1) + 1):
            apart = groups[:, distance:] != groups[:, :-distance]  # shape: (batch, tokens - distance)
            apart = apart.unsqueeze(-1)
            before = offsets[self.radius - distance][:, :-distance].masked_fill(apart, 0)
            after = offsets[self.radius + distance][:, distance:].masked_fill(apart, 0)
            total = total + functional.pad(before, (0, 0, distance, 0)) + functional.pad(after, (0, 0, 0, distance))
        return total
