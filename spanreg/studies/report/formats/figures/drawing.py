"""Draw charts with matplotlib, in one style for papers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from spanreg.studies.report.blocks import Figure
from spanreg.studies.report.charts import BarChart, IntervalChart, LineChart, MatrixChart, PointChart
from spanreg.studies.report.formats.figures.ranks import draw_ranks, rank_height
from spanreg.studies.report.formats.figures.style import (
    COLOURS,
    INK,
    PALETTE,
    QUIET,
    STYLE,
    WIDTH,
    drawable,
    drawable_names,
)

_LONGEST: Final = 44
"Longest name of an arm, in characters."
_ROW: Final = 0.24
"Height of a row of a chart, in inches."
_NAME_LETTER: Final = 0.06
_CELL_LETTER: Final = 0.055
"Width of a letter of a name, and of a cell of a matrix, in inches."


def save_figure(figure: Figure, path: Path, form: str) -> None:
    """Draw a chart and write it as SVG or PDF; the same chart gives the same bytes.

    Args:
        figure: the chart with its caption, which papers have in the text.
        path: file to write.
        form: ``svg`` or ``pdf``.
    """
    fonts = logging.getLogger("matplotlib.font_manager")
    before = fonts.level
    with rc_context(), warnings.catch_warnings():
        # First the defaults: a style file of the user's would give other bytes on every machine.
        rcdefaults()
        rcParams.update(cast(Any, STYLE))
        # Names of arms may have any characters. Glyphs that the font lacks are drawn as boxes, and a very long name may
        # leave no room for the layout; neither is a reason to warn for each chart.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        fonts.setLevel(logging.ERROR)
        try:
            chart: Any = figure.chart
            # Not ``pyplot``, which keeps every figure in a global list and may look for a display.
            canvas = Canvas(figsize=(_width(chart), _height(chart)), layout="constrained")
            _DRAWERS[chart.kind](canvas.add_subplot(), chart)
            # A date would change the bytes with every call.
            metadata = {"Date": None} if form == "svg" else {"CreationDate": None, "ModDate": None}
            canvas.savefig(path, format=form, metadata={**metadata, "Title": _title(figure), "Creator": "spanreg"})
        finally:
            fonts.setLevel(before)


def _title(figure: Figure) -> str:
    """Return the title in characters that both formats can hold."""
    return "".join(one for one in figure.title if one.isprintable()).encode("ascii", "replace").decode()


def _width(chart: Any) -> float:
    """Return the width of a chart in inches: that of a text column, and more for a matrix with many columns."""
    if chart.kind != "matrix":
        return WIDTH
    # Cells that are narrower than their texts would be drawn over one another.
    letters = max((len(text) for line in chart.texts for text in line), default=0) + 1
    names = max(map(len, _names(chart.rows)), default=0)
    return max(WIDTH, _NAME_LETTER * names + _CELL_LETTER * letters * len(chart.columns))


def _height(chart: Any) -> float:
    """Return the height of a chart in inches."""
    if chart.kind in ("intervals", "matrix"):
        return 0.7 + _ROW * max(len(chart.rows), 2) + (0.5 if chart.kind == "matrix" else 0)
    return rank_height(chart) if chart.kind == "ranks" else 2.6


def _draw_intervals(axes: Axes, chart: IntervalChart) -> None:
    """Draw a row for each interval: a bar, a diamond at the mean, and dots for single seeds."""
    names = _names([f"{row.name} ({row.group})" if row.group else row.name for row in chart.rows])
    if chart.margin is not None and chart.zero is not None:
        axes.axvspan(chart.zero - chart.margin, chart.zero + chart.margin, color=QUIET, alpha=0.18, linewidth=0)
    if chart.zero is not None:
        axes.axvline(chart.zero, color=INK, linewidth=0.8)
    for place, row in enumerate(chart.rows):
        colour = COLOURS[row.verdict]
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [place, place], color=colour, linewidth=3, alpha=0.45)
        axes.plot(row.dots, [place + 0.28] * len(row.dots), "o", color=colour, markersize=2, alpha=0.7)
        if row.value is not None:
            axes.plot([row.value], [place], "D", color=colour, markersize=4)
    axes.set_yticks(range(len(names)), names)
    # Upside down, so that rows are in the order of the table.
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(drawable(chart.axis))


def _draw_lines(axes: Axes, chart: LineChart) -> None:
    """Draw lines in colours with a legend; if there are more lines than colours, all of them in grey."""
    plain = [line for line in chart.lines if line.role == "plain"]
    few = len(plain) <= len(PALETTE)
    for name, line in zip(_names([line.name for line in chart.lines]), chart.lines, strict=True):
        colour = INK if line.role == "baseline" else PALETTE[plain.index(line)] if few and line in plain else QUIET
        across, up = [point[0] for point in line.points], [point[1] for point in line.points]
        shown = few or line.role != "plain"
        axes.plot(
            across,
            up,
            "--" if line.role == "baseline" else "-",
            color=colour,
            linewidth=1.2 if shown else 0.7,
            # A line through a single point is invisible without a mark.
            marker="o" if chart.dots or len(across) == 1 else None,
            markersize=3,
            label=name if shown else None,
        )
        if line.spread:
            low, high = [ends[0] for ends in line.spread], [ends[1] for ends in line.spread]
            axes.fill_between(across, low, high, color=colour, alpha=0.15, linewidth=0)
    if chart.logarithmic:
        axes.set_xscale("log")
    axes.set_xlabel(drawable(chart.across))
    axes.set_ylabel(drawable(chart.up))
    if len(chart.lines) > 1 and axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=6)


def _draw_points(axes: Axes, chart: PointChart) -> None:
    """Draw named points with their vertical intervals."""
    if chart.origin is not None:
        axes.axvline(chart.origin[0], color=INK, linewidth=0.8)
        axes.axhline(chart.origin[1], color=INK, linewidth=0.8)
    for name, point in zip(_names([point.name for point in chart.points]), chart.points, strict=True):
        colour = COLOURS[point.verdict]
        if point.low is not None and point.high is not None:
            axes.plot([point.x, point.x], [point.low, point.high], color=colour, linewidth=1, alpha=0.7)
        axes.plot([point.x], [point.y], "o", color=colour, markersize=4)
        axes.annotate(name, (point.x, point.y), xytext=(4, 3), textcoords="offset points", fontsize=6)
    axes.set_xlabel(drawable(chart.across))
    axes.set_ylabel(drawable(chart.up))


def _draw_matrix(axes: Axes, chart: MatrixChart) -> None:
    """Draw a matrix of coloured cells with their texts."""
    known = [abs(value - chart.centre) for line in chart.values for value in line if value is not None]
    reach = max([*known, 1e-12])  # above 0 also if all cells are equal
    shades = [[float("nan") if one is None else one - chart.centre for one in line] for line in chart.values]
    # Blue is better in both directions of a metric. The range of colours is wider than that of the values, so that the
    # text on the darkest cell can be read.
    colours = "RdBu" if chart.greater_is_better else "RdBu_r"
    axes.imshow(shades, cmap=colours, vmin=-1.6 * reach, vmax=1.6 * reach, aspect="auto", interpolation="nearest")
    for row, line in enumerate(chart.texts):
        for column, text in enumerate(line):
            axes.text(column, row, drawable(text, _LONGEST), ha="center", va="center", fontsize=6)
    axes.set_xticks(range(len(chart.columns)), _names(chart.columns), rotation=30, ha="right")
    axes.set_yticks(range(len(chart.rows)), _names(chart.rows))
    axes.grid(visible=False)


def _draw_bars(axes: Axes, chart: BarChart) -> None:
    axes.bar(range(len(chart.bars)), [bar.value for bar in chart.bars], color=PALETTE[0], width=0.8)
    axes.set_xticks(range(len(chart.bars)), _names([bar.name for bar in chart.bars]))
    axes.set_xlabel(drawable(chart.across))
    axes.set_ylabel(drawable(chart.up))


def _names(texts: Sequence[str]) -> list[str]:
    """Return the names of arms as a chart shows them."""
    return drawable_names(texts, _LONGEST)


_DRAWERS: Final[dict[str, Callable[[Axes, Any], None]]] = {
    "intervals": _draw_intervals,
    "lines": _draw_lines,
    "points": _draw_points,
    "matrix": _draw_matrix,
    "ranks": draw_ranks,
    "bars": _draw_bars,
}
