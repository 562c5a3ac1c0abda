"""A picture of the curve of a learning-rate range test."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from spanreg.storage import whole_file
from spanreg.training.find_lr import RangeTestResult

_NAMES = {"steepest": "steepest descent", "minimum_over_ten": "minimum / 10"}
_COLOURS = {"steepest": "#d1495b", "minimum_over_ten": "#2e7d5b"}


def draw_curve(result: RangeTestResult, path: Path) -> None:
    """Draw losses over learning rates as a PNG, with the suggestions as lines.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (extra ``report``).
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    rates = [point.learning_rate for point in result.points]
    smoothed = [point.smoothed for point in result.points]
    axes.plot(rates, [point.loss for point in result.points], color="#b8c4d0", linewidth=1, label="loss of the batch")
    axes.plot(rates, smoothed, color="#1f4e79", linewidth=2, label="smoothed")
    for name, rate in result.suggestions.items():
        label = f"{_NAMES[name]}: {rate:.1e}"
        axes.axvline(rate, color=_COLOURS[name], linestyle="--", linewidth=1.5, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.set_title("Learning-rate range test" + (", stopped when it diverged" if result.ended == "diverged" else ""))
    axes.grid(alpha=0.3)
    # A diverging loss would flatten the part that matters.
    height = max(smoothed[0], min(smoothed)) or 1.0
    axes.set_ylim(max(0.0, min(smoothed) - 0.25 * height), 1.6 * height)
    axes.legend(loc="upper left", frameon=False)
    # A canvas of its own, not pyplot, which keeps global state and may choose a window system.
    FigureCanvasAgg(figure)
    with whole_file(path) as temporary:
        # Without matplotlib's version, so that equal curves give equal files.
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})
