"""One level of the hierarchical CNN: what follows its first convolution, up to the pooling."""

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

    Layer i turns x into ``activation(norm(conv_i(x)))``, plus x itself where ``residual`` is on and the widths agree.
    The first convolution is handed over with each call, because it has a width of its own.

    Parameters:
        channels: width of the level.
        kernel_size: odd width of its convolutions.
        depth: number of convolutions, the first included.
        activation: ``relu``, ``gelu`` or ``tanh``.
        pooling: how the level ends: ``max``, ``mean`` or ``attention``.
        residual: whether a layer's input is added to its output.
        normalization: whether layer norm stands between convolution and activation.
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
        # A softmax does not see what is added to all of its scores, so a bias would get no gradient.
        self.score = nn.Linear(channels, 1, bias=False) if pooling == "attention" else None
        self.relu_is_last = activation == "relu" and pooling == "max" and not residual
        "The ReLU of the last layer may then follow the maximum, over far fewer values."

    def forward(self, first: GroupConvolution, states: Tensor, groups: Tensor) -> Tensor:
        """States to be pooled, without the last ReLU where ``relu_is_last``; shape: (batch, tokens, channels)."""
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
        """What attention weighs the states by, shape: (batch, tokens, 1)."""
        if self.score is None:
            return None
        scores: Tensor = self.score(states)
        return scores
