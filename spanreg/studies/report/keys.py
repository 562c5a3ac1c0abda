"""Build the keys of a report's numbers, ``arm/task/metric/field``, which LaTeX tables have in comments."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

# Everything else is written as %XX, as in a URL: a slash separates parts, a per cent sign begins an escape, and a line
# break would end the comment.
_SAFE: Final = " =,.+-_:()'*&<>|~@!#$^{}[]"


def number_key(arm: str, task: str, metric: str, field: str) -> str:
    """Return the key of a number.

    >>> number_key("a/b", "mrpc", "accuracy", "mean")
    'a%2Fb/mrpc/accuracy/mean'
    """
    return "/".join(map(_quoted, (arm, task, metric, field)))


def _quoted(part: str) -> str:
    """Return a part of a key with all characters escaped that would be ambiguous in a comment."""
    # Editors may join or strip spaces, so only single ones between words are kept as they are.
    safe = _SAFE if " ".join(part.split()) == part else _SAFE.replace(" ", "")
    return quote(part, safe=safe, errors="surrogatepass")
