"""Where caches are."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """Return the folder that ``SPANREG_CACHE`` names, or ``~/.cache/spanreg``."""
    root = os.environ.get("SPANREG_CACHE")
    return Path(root).expanduser() if root else Path.home() / ".cache" / "spanreg"
