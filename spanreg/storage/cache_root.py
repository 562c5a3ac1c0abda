"""Root folder of all caches."""

from __future__ import annotations

import os
from pathlib import Path

from spanreg.registry import ConfigurationError


def cache_root() -> Path:
    """Return the folder that ``SPANREG_CACHE`` names, or ``~/.cache/spanreg``.

    Raises:
        ConfigurationError: the variable is not set, and the user has no home folder.
    """
    try:
        return Path(os.environ.get("SPANREG_CACHE") or "~/.cache/spanreg").expanduser()
    except RuntimeError as error:
        problem = "the cache has no folder: this user has no home folder"
        raise ConfigurationError(problem, hint="set the environment variable SPANREG_CACHE or HOME") from error
