"""Print results: tables on a terminal, lines separated by tabs otherwise, JSON for programs.

rich is imported where it is used: a command that writes to a pipe answers without it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from spanreg.text.display import rich_text
from spanreg.text.markup import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_HANDLER = "spanreg"

_MOST_SHOWN: Final = 1000
"Number of different warnings of a command that are shown once each; any further ones are shown each time."

_ESCAPED: Final = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"Characters that JSON may contain, but terminals obey (DEL, C1, directions) or UTF-8 cannot encode (surrogates)."


@cache
def error_console() -> Console:
    """Return the console of stderr; progress bars and log lines share it, so that they do not overwrite each other."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def shows_progress() -> bool:
    """Return whether to show progress bars: on a terminal, unless ``--quiet`` is given."""
    return error_console().is_terminal and logging.getLogger("spanreg").isEnabledFor(logging.INFO)


@contextmanager
def live(draw: Callable[[], RenderableType]) -> Iterator[None]:
    """Redraw a renderable every second during the block, and remove it afterwards."""
    from rich.live import Live

    with Live(get_renderable=draw, console=error_console(), refresh_per_second=1.0, transient=True):
        yield


def print_json(value: Any) -> None:
    """Print a value as JSON, indented on a terminal."""
    print(printable_json(value, indent=2 if sys.stdout.isatty() else None))


def printable_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON without escapes, except for control characters and lone surrogates."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table: drawn on a terminal, otherwise as lines separated by tabs, the first with the headings."""
    # The headings as well: some are keys or columns of a file.
    spelt = [[spell(cell) for cell in row] for row in (columns, *rows)]
    # Programs split these lines at tabs, so that cells must contain neither tabs nor line feeds.
    if not sys.stdout.isatty():
        for line in spelt:
            print("\t".join(cell.replace("\n", "; ").replace("\t", " ") for cell in line))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=None if title is None else rich_text(title), title_justify="left", highlight=False)
    head, *body = spelt
    for column in head:
        table.add_column(rich_text(column), overflow="fold")
    for line in body:
        table.add_row(*map(rich_text, line))
    Console(highlight=False).print(table)


def print_line(text: str) -> None:
    """Print a line, with visible signs instead of control characters."""
    print(visible(text))


def spell(value: object) -> str:
    """Return a cell of a table: numbers to four decimal places, None as an empty cell."""
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else visible(str(value))


class _VisibleFormatter(logging.Formatter):
    """Formatter that makes control characters visible, so that a text cannot control the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


class _ErrorHandler(logging.Handler):
    """Handler that draws records on a terminal, and otherwise writes them to stderr as plain lines.

    A warning is shown once: a report scores hundreds of parts of the examples, which have one cause.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            text = record.getMessage()
            if text in self._shown:
                return
            # Limited, since a command of days may have any number of different warnings.
            if len(self._shown) < _MOST_SHOWN:
                self._shown.add(text)
        self._inner.emit(record)

    @cached_property
    def _inner(self) -> logging.Handler:
        """The handler that writes: of rich on a terminal, otherwise a plain one."""
        # Made for the first record, because most commands log nothing and need no rich then.
        handler: logging.Handler = logging.StreamHandler()
        if error_console().is_terminal:
            from rich.logging import RichHandler

            handler = RichHandler(console=error_console(), show_path=False, show_time=False)
        handler.setFormatter(self.formatter)
        return handler


def start_logging(verbosity: int) -> None:
    """Send log records to stderr.

    Args:
        verbosity: -1 for warnings, 0 for messages of this package, 1 for its details, 2 for other packages as well.
    """
    handler = _ErrorHandler()
    handler.setFormatter(_VisibleFormatter("%(message)s" if verbosity < 1 else "%(name)s: %(message)s"))
    root = logging.getLogger()
    # ``main`` may run several times in one process, as in tests and notebooks.
    for earlier in [found for found in root.handlers if found.name == _HANDLER]:
        root.removeHandler(earlier)
    handler.name = _HANDLER
    root.addHandler(handler)
    root.setLevel(logging.INFO if verbosity > 1 else logging.WARNING)
    package = {-1: logging.WARNING, 0: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.getLogger("spanreg").setLevel(package)
    # The log of a run may lower the level of the logger, so the handler keeps the level that the user wants.
    handler.setLevel(package)
