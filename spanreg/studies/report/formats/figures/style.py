"""The style of figures for papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from spanreg.text.markup import visible

WIDTH: Final = 5.5
"Width of a figure in inches: a text column of most templates."

INK: Final = "#1b2027"
QUIET: Final = "#7b8695"
COLOURS: Final = {"better": "#0b6bb0", "worse": "#c04f00", "even": QUIET}
"Colours of verdicts: the page's, which people with colour blindness can distinguish."
PALETTE: Final = ("#0b6bb0", "#c04f00", "#1a7f37", "#7a3fb8", "#8a6100", "#a0246b")
"Colours of lines."

STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    # A dollar sign in the name of an arm does not begin mathematics.
    "text.parse_math": False,
    "axes.labelsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dfe3e9",
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    # Fonts inside the files: TrueType in PDF, as conferences ask, and outlines in SVG.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    # Without a salt, the ids in SVG are random.
    "svg.hashsalt": "spanreg",
    "path.simplify": True,
}
"Settings of matplotlib, which the user's own settings do not change."


_AXIS: Final = re.compile(r"[^,=]+=")
"Name of an axis in the name of an arm: ``aggregator=``."


def drawable(text: str, most: int = 200) -> str:
    """Return a text that fonts and XML can hold, on one line, and shortened so that it leaves room for the chart."""
    return _without_end(_line(text), most)


def drawable_names(names: Sequence[str], most: int) -> list[str]:
    """Return names that leave room for the chart, shortened so that different names stay different.

    Arms of axes, such as ``aggregator=cnn,segmenter=random``, often differ only in what follows many equal letters.

    Args:
        names: all names of the chart.
        most: largest number of characters of each.
    """
    lines = list(map(_line, names))
    for shorten in _SHORTENINGS:
        shown = [shorten(line, most) for line in lines]
        if len(set(shown)) == len(set(lines)):
            return shown
    # The place in the chart, which is that in the table.
    return [line if len(line) <= most else f"{place}: {line}"[: most - 1] + "…" for place, line in enumerate(lines, 1)]


def _line(text: str) -> str:
    return visible(" ".join(text.encode("utf-8", "replace").decode().split()))


def _without_end(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _without_middle(line: str, most: int) -> str:
    # More of the end than of the beginning, in which names differ less.
    first = most // 3
    return line if len(line) <= most else f"{line[:first]}…{line[len(line) - (most - first - 1) :]}"


def _without_beginning(line: str, most: int) -> str:
    return line if len(line) <= most else f"…{line[len(line) - (most - 1) :]}"


def _without_axes(line: str, most: int) -> str:
    return line if len(line) <= most else _without_end(_AXIS.sub("", line), most)


_SHORTENINGS: Final[tuple[Callable[[str, int], str], ...]] = (
    _without_end,
    _without_middle,
    _without_beginning,
    _without_axes,
)
"In the order of preference: the first one under which all names of a chart differ is taken."
