"""The style of figures for papers."""

from __future__ import annotations

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


def drawable(text: str, most: int = 200) -> str:
    """Return a text that fonts and XML can hold, on one line, and shortened so that it leaves room for the chart."""
    line = visible(" ".join(text.encode("utf-8", "replace").decode().split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
