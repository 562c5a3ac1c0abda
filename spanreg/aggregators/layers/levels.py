"""Layers of one level of the hierarchical CNN, between its first convolution and its pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.layers.convolution import GroupConvolution
from spanreg.aggregators.layers.pooling import Pooling

Activation = Literal["relu", "gelu", "tanh"]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "tanh": functional.tanh,
}


class ConvolutionLevel(nn.Module):
    """Activations, further convolutions and attention scores of one level.

    Layer i maps x to ``activation(norm(conv_i(x)))``, plus x with ``residual`` if the widths agree. The first
    convolution is an argument of ``forward``: the aggregator owns it, so that saved weights keep their names.

    ``ConvolutionLevel(256, 3, 1, "relu", "max", False, False)(GroupConvolution(768, 256, 3), tokens, span_ids)``

    Parameters:
        channels: width of the level.
        kernel_size: odd width of the convolutions, in positions.
        depth: number of convolutions, the first included.
        activation: ``relu``, ``gelu`` or ``tanh``.
        pooling: last step of the level: ``max``, ``mean`` or ``attention``.
        residual: whether to add a layer's input to its output.
        normalization: whether to apply layer norm between convolution and activation.
    """

    def __init__(
        self,
        channels: int,
        kernel_size: int,
        depth: int,
        activation: Activation,
        pooling: Pooling,
        residual: bool,
        normalization: bool,
    ) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.pooling = pooling
        self.residual = residual
        self.deeper = nn.ModuleList(GroupConvolution(channels, channels, kernel_size) for _ in range(depth - 1))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(depth if normalization else 0))
        # A bias, added to every score, would cancel in the softmax and never get a gradient.
        self.score = nn.Linear(channels, 1, bias=False) if pooling == "attention" else None
        self.relu_is_last = activation == "relu" and pooling == "max" and not residual
        "True if the caller applies the last ReLU after the maximum, where there are fewer values."

    def forward(self, first: GroupConvolution, states: Tensor, groups: Tensor) -> Tensor:
        """Return the states to pool, without the last ReLU if ``relu_is_last``; shape: (batch, tokens, channels)."""
        convolutions = [first, *self.deeper]
        for number, convolution in enumerate(convolutions):
            result = convolution(states, groups)  # shape: (batch, tokens, channels)
            if len(self.norms):
                result = self.norms[number](result)
            if not (self.relu_is_last and number == len(convolutions) - 1):
                result = self.activation(result)
            states = result + states if self.residual and states.shape == result.shape else result
        return states

    def scores(self, states: Tensor) -> Tensor | None:
        """Return the scores of attention pooling, shape: (batch, tokens, 1); None for other poolings."""
        if self.score is None:
            return None
        scores: Tensor = self.score(states)
        return scores
