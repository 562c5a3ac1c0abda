"""Check paths for libraries that need UTF-8."""

from __future__ import annotations

import os
from pathlib import Path

from spanreg.registry import ConfigurationError


def require_text_path(path: Path) -> None:
    """Raise an error for a path that is not UTF-8, which tokenizers, safetensors and Arrow cannot open.

    Raises:
        ConfigurationError: the path, or the working directory that it is relative to, is not UTF-8.
    """
    name = str(path.absolute())
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise ConfigurationError(f"the path {shown} is not UTF-8", hint="name another folder") from None
