"""Report a mistake in a component's parameter under the name of the argument that the user typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from spanreg.registry import ConfigurationError


@contextmanager
def under_arguments(argument_of: Callable[[str], str]) -> Iterator[None]:
    """Rename the key paths of the block's mistakes.

    ``with under_arguments(str.upper): NgramDictionary.from_params(given)``

    Args:
        argument_of: function from a parameter to the argument that sets it, such as ``--min-count``.

    Raises:
        ConfigurationError: the block's own, with the names of arguments.
    """
    try:
        yield
    except ConfigurationError as error:
        renamed = [replace(one, path=argument_of(one.path) if one.path else "") for one in error.problems]
        # Chained to the cause alone: with the error itself, a traceback would have the same problems twice.
        raise type(error)(renamed) from error.__cause__
