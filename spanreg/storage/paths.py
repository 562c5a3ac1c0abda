"""Paths that libraries can be given."""

from __future__ import annotations

import os
from pathlib import Path

from spanreg.registry import ConfigurationError


def require_text_path(path: Path) -> None:
    """Refuse a path that is not UTF-8: tokenizers, safetensors and Arrow cannot open it.

    Raises:
        ConfigurationError: the path, or the working directory that it is relative to, is not UTF-8.
    """
    name = str(path.absolute())
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise ConfigurationError(f"the path {shown} is not UTF-8", hint="name another folder") from None
