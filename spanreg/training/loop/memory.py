"""Turn out-of-memory errors into advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from spanreg.registry import ConfigurationError

_SIGNS = ("can't allocate memory", "out of memory", "not enough memory")
"Texts of out-of-memory errors that are plain RuntimeErrors."


@contextmanager
def memory_advice(describe: Callable[[], str], hint: str) -> Iterator[None]:
    """Turn an out-of-memory error within the block into an error for the user.

    Args:
        describe: returns where the program was; called only after an error, since it may read tensors.
        hint: what to lower.

    Raises:
        ConfigurationError: there is not enough memory.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ConfigurationError(f"out of memory {describe()}", path="training", hint=hint) from error


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error means that memory is short, on the CPU or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # torch has a class for GPUs only; its allocator on the CPU raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
