"""Charts as data: their content without their appearance.

The page draws them in SVG; matplotlib draws them for papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MarkVerdict = Literal["better", "worse", "even"]
"Direction of a significant difference, otherwise ``even``; it decides a mark's colour."

LineRole = Literal["plain", "focus", "baseline"]
"Emphasis of a line."


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its confidence interval.

    ``Interval("flat", 1.2, 0.4, 2.0, verdict="better")``
    """

    name: str
    value: float | None
    "None draws an empty row: an arm without a result keeps its place."
    low: float | None = None
    high: float | None = None
    dots: tuple[float, ...] = ()
    "Values of single seeds."
    verdict: MarkVerdict = "even"
    group: str = ""
    "Rows of one group share a heading."


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """Rows of intervals on one horizontal axis, as in a forest plot.

    ``IntervalChart((Interval("flat", 1.2, 0.4, 2.0),), "points of accuracy")``
    """

    rows: tuple[Interval, ...]
    axis: str
    "Title of the horizontal axis."
    zero: float | None = 0.0
    "Position of the vertical reference line."
    margin: float | None = None
    "Half width of a band around the reference line, within which arms count as equivalent."
    kind: Literal["intervals"] = "intervals"


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, with an optional interval around each.

    ``Line("flat", ((1.0, 70.1), (2.0, 71.4)))``
    """

    name: str
    points: tuple[tuple[float, float], ...]
    role: LineRole = "plain"
    spread: tuple[tuple[float, float], ...] = ()
    "Lower and upper end at each point; empty for a line without intervals."


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over a numerical axis.

    ``LineChart(lines, "step", "training loss")``
    """

    lines: tuple[Line, ...]
    across: str
    "Title of the horizontal axis."
    up: str
    "Title of the vertical axis."
    logarithmic: bool = False
    "Whether the horizontal axis is logarithmic."
    dots: bool = False
    "Whether each point is marked."
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True, slots=True)
class Point:
    """A named point with an optional vertical interval.

    ``Point("flat", 1.1, 0.8, verdict="better")``
    """

    name: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None
    verdict: MarkVerdict = "even"


@dataclass(frozen=True, slots=True)
class PointChart:
    """Named points in the plane, with reference lines.

    ``PointChart(points, "training time, times the baseline's", "points of accuracy", origin=(1.0, 0.0))``
    """

    points: tuple[Point, ...]
    across: str
    "Title of the horizontal axis."
    up: str
    "Title of the vertical axis."
    origin: tuple[float, float] | None = None
    "Where the two reference lines cross."
    kind: Literal["points"] = "points"


@dataclass(frozen=True, slots=True)
class MatrixChart:
    """A matrix of numbers, coloured by their distance from a centre.

    ``MatrixChart(("a", "b"), ("x",), ((1.2,), (None,)), (("+1.20*",), ("",)))``
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    "Number of each cell, which decides its colour; None for an empty cell. Shape: (rows, columns)."
    texts: tuple[tuple[str, ...], ...]
    "Text of each cell, shape: (rows, columns)."
    centre: float = 0.0
    greater_is_better: bool = True
    kind: Literal["matrix"] = "matrix"


@dataclass(frozen=True, slots=True)
class RankChart:
    """A critical-difference diagram: average ranks, and bars that join arms without a significant difference.

    ``RankChart(("a", "b"), (1.3, 1.7), ((0, 1),), 0.9)``
    """

    names: tuple[str, ...]
    ranks: tuple[float, ...]
    "Average rank of each name; 1 is best."
    groups: tuple[tuple[int, ...], ...]
    "Positions in ``names`` of the arms that a bar joins."
    critical_difference: float | None
    kind: Literal["ranks"] = "ranks"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a bar chart.

    ``Bar("2", 1207.0)``
    """

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Vertical bars.

    ``BarChart((Bar("1", 30.0), Bar("2", 20.0)), "words", "spans")``
    """

    bars: tuple[Bar, ...]
    across: str
    "Title of the horizontal axis."
    up: str
    "Title of the vertical axis."
    kind: Literal["bars"] = "bars"


Chart = IntervalChart | LineChart | PointChart | MatrixChart | RankChart | BarChart
