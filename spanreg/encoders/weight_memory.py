"""Memory of loaded weights."""

from __future__ import annotations

from itertools import chain
from typing import Final

from torch import nn

_ALIGNMENT: Final = 64
"Bytes to which torch aligns the tensors that it makes on a CPU."


def align_weights(module: nn.Module) -> None:
    """Move weights on the CPU to addresses that torch itself would choose.

    Weights that are read from a safetensors file lie in the mapped file, at any address. On processors without AVX-512,
    the last bits of a product of a matrix and a vector depend on the address, so that a loaded model would not score
    exactly as the model that was saved.

    ``align_weights(AutoModel.from_pretrained("folder"))``
    """
    for weight in chain(module.parameters(), module.buffers()):
        if weight.device.type == "cpu" and weight.data_ptr() % _ALIGNMENT:
            weight.data = weight.data.clone()
