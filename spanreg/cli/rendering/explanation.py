"""Show a resolved config: values, origins, types and meanings of its keys."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from spanreg.cli.rendering.output import print_table
from spanreg.registry.config.tracing import ValueOrigin
from spanreg.registry.handlers.resolution import GIVEN, KeyPath, ResolvedValue
from spanreg.text.display import rich_text

_COLUMNS = ("key", "value", "from", "type", "meaning")
_SENTENCE = re.compile(r"(?<=[.;])\s")


@dataclass(frozen=True, slots=True)
class ExplainedKey:
    """One key of a config with everything that is known about it.

    ``ExplainedKey.of(resolved, origin).as_dict()["value"]``
    """

    path: KeyPath
    value: Any
    source: str
    origin: ValueOrigin
    type: str
    about: str
    component: str = ""

    @classmethod
    def of(cls, value: ResolvedValue, origin: ValueOrigin) -> ExplainedKey:
        return cls(value.path, value.value, value.source, origin, value.type, value.about, value.component)

    @property
    def dotted(self) -> str:
        """Key path as ``--set`` takes it."""
        return ".".join(map(str, self.path))

    @property
    def spelt(self) -> str:
        """The value in JSON; what is not known yet in words."""
        words = {
            "run time": "(known at run time)",
            "inherited": "(passed at run time)",
            "unknown": "(set by the class)",
        }
        return words.get(self.source) or json.dumps(self.value, ensure_ascii=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the key for ``--json``."""
        return {
            "path": self.dotted,
            "value": self.value,
            "source": self.source,
            "from": self.origin.as_dict(),
            "type": self.type,
            "about": self.about,
        }


def print_explanation(keys: Iterable[ExplainedKey], parents: Iterable[ResolvedValue]) -> None:
    """Print keys as a tree on a terminal, otherwise as lines with full key paths.

    Args:
        keys: the values without children, in order.
        parents: the values above them, which become the branches of the tree.
    """
    if not sys.stdout.isatty():
        print_table(_COLUMNS, [(one.dotted, one.spelt, one.origin, one.type, one_line(one.about)) for one in keys])
        return
    from rich.console import Console
    from rich.table import Table

    names = {one.path: one.component for one in parents}
    table = Table(box=None, pad_edge=False, highlight=False)
    # A key that is wrapped would lose the indentation that shows its place in the tree.
    for column in _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column == "key", ratio=None)
    # Branches that have a row already; the root has none.
    shown: set[KeyPath] = {()}
    for one in keys:
        for length in range(1, len(one.path)):
            if (above := one.path[:length]) not in shown:
                shown.add(above)
                table.add_row(rich_text(_indented(above), "bold"), "", "", rich_text(names.get(above, ""), "dim"), "")
        cells = (_indented(one.path), one.spelt, str(one.origin), one.type, one_line(one.about))
        # What the config gives is what its reader looks for.
        style = "" if one.source == GIVEN else "dim"
        table.add_row(*(rich_text(cell, style) for cell in cells))
    Console(highlight=False).print(table)


def _indented(path: KeyPath) -> str:
    return f"{'  ' * (len(path) - 1)}{path[-1]}"


def one_line(text: str) -> str:
    """Return the first clause of a documentation text, without its full stop."""
    return _SENTENCE.split(text, maxsplit=1)[0].rstrip(";.")
