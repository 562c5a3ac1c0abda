"""Draw critical-difference diagrams."""

from __future__ import annotations

from math import ceil
from typing import Final

from matplotlib.axes import Axes

from spanreg.studies.report.charts import RankChart
from spanreg.studies.report.formats.figures.style import INK, QUIET, drawable_names

_LONGEST: Final = 40
"Longest name of a setting, in characters."
_LINE: Final = 0.5
"Distance of two names, in units of the vertical axis."


def rank_height(chart: RankChart) -> float:
    """Return the height of a diagram in inches."""
    return 0.9 + 0.2 * len(chart.groups) + 0.2 * ceil(len(chart.names) / 2)


def draw_ranks(axes: Axes, chart: RankChart) -> None:
    """Draw ranks on an axis, names at both sides, and bars that join settings without a significant difference.

    The form is that of Demsar (2006): the better half of the names is at the left, the other at the right, and the bars
    are below the axis.
    """
    most = max(len(chart.names), 2)
    order = sorted(range(len(chart.names)), key=lambda place: chart.ranks[place])
    half, names = ceil(len(order) / 2), drawable_names(chart.names, _LONGEST)
    below = -0.35 * (len(chart.groups) + 1)
    axes.plot([1, most], [0, 0], color=INK, linewidth=0.8)
    for rank in range(1, most + 1):
        axes.plot([rank, rank], [0, 0.15], color=INK, linewidth=0.8)
        axes.text(rank, 0.25, str(rank), ha="center", va="bottom")
    if chart.critical_difference is not None:
        end = min(1 + chart.critical_difference, most)
        # The length of the critical difference, for comparison with the distances of the ranks.
        axes.plot([1, end], [1.1, 1.1], color=INK, linewidth=2.5)
        axes.text(end + 0.05, 1.1, f"critical difference {chart.critical_difference:.2f}", va="center", fontsize=6.5)
    for place, group in enumerate(chart.groups):
        ranks = [chart.ranks[one] for one in group]
        height = -0.35 * (place + 1)
        axes.plot([min(ranks) - 0.03, max(ranks) + 0.03], [height, height], color=INK, linewidth=2.5)
    for place, one in enumerate(order):
        left = place < half
        # From the outside in on both sides, so that the lines to the names do not cross.
        height = below - _LINE * (place if left else len(order) - 1 - place)
        end = 1 - 0.12 * most if left else most + 0.12 * most
        axes.plot([chart.ranks[one], chart.ranks[one], end], [0, height, height], color=QUIET, linewidth=0.7)
        axes.text(end, height, f" {names[one]} ", ha="right" if left else "left", va="center")
    axes.set_ylim(below - _LINE * half, 1.4)
    axes.set_axis_off()
