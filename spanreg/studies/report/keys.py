"""Keys of a report's numbers: ``arm/task/metric/field``, as comments of LaTeX tables have them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

# Everything else is written as %XX: a slash separates parts, and a comment ends at the end of its line.
_SAFE: Final = " =,.+-_:()'*&<>|~@!#$^{}[]"


def number_key(arm: str, task: str, metric: str, field: str) -> str:
    """Return the key of a number.

    >>> number_key("a/b", "mrpc", "accuracy", "mean")
    'a%2Fb/mrpc/accuracy/mean'
    """
    return "/".join(map(_quoted, (arm, task, metric, field)))


def _quoted(part: str) -> str:
    # Editors may join or strip spaces, so only single ones between words are kept as they are.
    safe = _SAFE if " ".join(part.split()) == part else _SAFE.replace(" ", "")
    return quote(part, safe=safe, errors="surrogatepass")
