"""Limits on the cost of reading files; only the command line can raise them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Final

from spanreg.registry import ConfigurationError, suggest
from spanreg.registry.config.evaluation import DEFAULT_LIMITS, EvaluationLimits
from spanreg.registry.config.evaluation.messages import spell_bytes

__all__ = [
    "ALWAYS_FINE",
    "FLAG",
    "VARIABLE",
    "Limits",
    "allowed_expansion",
    "largest",
    "limited",
    "limits",
    "spell_bytes",
]

FLAG: Final = "--limit"
VARIABLE: Final = "SPANREG_LIMITS"
"Environment variable that passes the limits of a command to its worker processes."

ALWAYS_FINE: Final = 1 << 26
"Bytes that a packed file of any size may expand to."

_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
# As many digits as any limit can need: a number of thousands would overflow a float.
_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMG]?)")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the cost of reading files.

    >>> limits().expansion
    250
    """

    evaluation_seconds: float = DEFAULT_LIMITS.seconds
    "Processor time to evaluate a config."
    evaluation_memory: int = DEFAULT_LIMITS.memory
    "Memory to evaluate a config, in bytes."
    evaluation_size: int = DEFAULT_LIMITS.size
    "Bytes of a config with its imports, and of what it evaluates to."
    line: int = 1 << 20
    "Bytes of one example: a line of texts, a row of a table."
    document: int = 1 << 28
    "Bytes of one line or record of a corpus."
    expansion: int = 250
    "How many times its own size a compressed or columnar file may expand to; 64 MB are always allowed."
    json: int = 1 << 28
    "Bytes of one JSON file of a saved run, study or model."
    entries: int = 250_000
    "Files and folders that the search for one pattern of a config looks at."

    @property
    def evaluation(self) -> EvaluationLimits:
        """Limits on the evaluation of a config."""
        return EvaluationLimits(self.evaluation_seconds, self.evaluation_memory, self.evaluation_size)


def limits() -> Limits:
    """Return the limits of this process."""
    return _parse(os.environ.get(VARIABLE, ""))


@contextmanager
def limited(settings: Iterable[str]) -> Iterator[None]:
    """Set limits of this process and its child processes for the duration of the block.

    Args:
        settings: ``name=number``; a number may end in K, M or G.

    Raises:
        ConfigurationError: a limit does not exist, or its value is not a positive number.
    """
    before = os.environ.get(VARIABLE)
    # Appended, because the last setting of a name counts: an inner block overrides an outer one.
    text = ",".join(filter(None, (before, *settings)))
    _parse(text)  # before anything changes, so that a wrong setting leaves the limits as they are
    os.environ[VARIABLE] = text
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def largest(packed: int, expansion: int | None = None) -> int:
    """Return the number of bytes that a packed file may expand to.

    Args:
        packed: size of the file in bytes.
        expansion: largest factor; default: the limit of this process.
    """
    return max(ALWAYS_FINE, (expansion or limits().expansion) * packed)


def allowed_expansion(asked: int | None, path: str = "max_expansion") -> int:
    """Return the largest factor of expansion; a config can only lower the limit of the command line.

    Args:
        asked: the factor in the config; None: that of the command line.
        path: key of the config, for errors.

    Raises:
        ConfigurationError: the config has a higher limit than the command line.
    """
    most = limits().expansion
    if asked is not None and asked > most:
        hint = f"lower it, or allow it on the command line: {FLAG} expansion={asked}"
        raise ConfigurationError(f"is {asked}, but the command line allows {most}", path=path, hint=hint)
    return most if asked is None else asked


# Cached, because readers ask for the limits with every file, and some with every line.
@cache
def _parse(text: str) -> Limits:
    known = {field.name: field.default for field in fields(Limits)}
    values: dict[str, float] = {}
    for setting in filter(None, text.split(",")):
        name, _, number = setting.partition("=")
        if name not in known:
            raise ConfigurationError(f"there is no limit '{name}'", path=FLAG, hint=suggest(name, known, "limits"))
        match = _NUMBER.fullmatch(number.strip())
        value = float(match[1]) * _UNITS[match[2]] if match else 0.0
        # Only seconds may be fractions: half a byte would become a limit of 0.
        if value <= 0 or (isinstance(known[name], int) and value < 1):
            hint = "give a positive number, which may end in K, M or G" if value <= 0 else "give at least 1"
            raise ConfigurationError(f"'{setting}' does not set {name}", path=FLAG, hint=hint)
        values[name] = value if isinstance(known[name], float) else int(value)
    return replace(Limits(), **values)  # type: ignore[arg-type]
