"""Standard input as bytes."""

from __future__ import annotations

import sys
from io import BufferedReader
from typing import cast

from spanreg.registry import ConfigurationError


def standard_input() -> BufferedReader:
    """Return the standard input of the process as bytes.

    Raises:
        ConfigurationError: the process was started without one.
    """
    if sys.stdin is None:
        raise ConfigurationError("standard input is closed", hint="pipe the text into the command, or give a file")
    return cast(BufferedReader, sys.stdin.buffer)
