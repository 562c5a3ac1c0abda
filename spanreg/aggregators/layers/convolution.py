"""Convolution that treats positions in other groups as zero."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

NO_GROUP = -2
"Group beyond the ends of a sequence, which no span id equals: these begin at -1."


class GroupConvolution(nn.Module):
    """Convolution of odd width k in which neighbours in another group count as zero.

    ``out[t] = bias + sum over o in -r..r of weight[o] @ states[t + o] * (groups[t + o] == groups[t])``, where
    ``r = (k - 1) / 2``.

    ``GroupConvolution(768, 256, 3)(tokens, span_ids)``

    Parameters:
        dim: width of the inputs.
        channels: width of the outputs.
        kernel_size: odd width k, in positions.
    """

    def __init__(self, dim: int, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.channels = channels
        self.radius = kernel_size // 2
        # The initial distribution of ``torch.nn.Conv1d``.
        bound = 1 / math.sqrt(dim * kernel_size)
        self.weight = nn.Parameter(torch.empty(kernel_size * channels, dim).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels).uniform_(-bound, bound))

    def forward(self, states: Tensor, groups: Tensor) -> Tensor:
        """Return the convolution of the states within their groups.

        Args:
            states: shape: (batch, tokens, dim).
            groups: group of each position, shape: (batch, tokens).

        Returns:
            Shape: (batch, tokens, channels).
        """
        # One matrix product for all offsets; then the projections are shifted, which are narrower than the states. A
        # Conv1d could not mask neighbours, and gathering each span into a padded row would compute the padding, too.
        projected = functional.linear(states, self.weight)  # shape: (batch, tokens, kernel_size * channels)
        # One projection for each offset from -radius to radius, each of shape: (batch, tokens, channels).
        offsets = torch.split_with_sizes(projected, [self.channels] * (2 * self.radius + 1), dim=-1)
        # As integers: the inter-span level has a mask as its groups, and NO_GROUP must differ from True and False.
        numbers = groups.long().unsqueeze(-1)  # shape: (batch, tokens, 1)
        total = offsets[self.radius] + self.bias.to(projected.dtype)  # shape: (batch, tokens, channels)
        for distance in range(1, self.radius + 1):
            # Mask before the shift: a position must not contribute to one in another group.
            before = offsets[self.radius - distance].masked_fill(_shifted(numbers, -distance, NO_GROUP) != numbers, 0)
            after = offsets[self.radius + distance].masked_fill(_shifted(numbers, distance, NO_GROUP) != numbers, 0)
            total = total + _shifted(before, distance) + _shifted(after, -distance)
        return total


def _shifted(states: Tensor, distance: int, fill: int = 0) -> Tensor:
    """Return the states moved by ``distance`` positions to the right (left if negative), filled with ``fill``."""
    # Padding before cutting also works for a sequence shorter than the distance, which an exported model cannot test.
    tokens = states.shape[1]
    if distance < 0:
        return functional.pad(states, (0, 0, 0, -distance), value=fill)[:, -distance:]
    return functional.pad(states, (0, 0, distance, 0), value=fill)[:, :tokens]
