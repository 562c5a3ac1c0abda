"""A picture of the curve of a learning-rate range test."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from spanreg.storage import whole_file
from spanreg.training.find_lr import RangeTestResult

_NAMES = {"steepest": "steepest descent", "minimum_over_ten": "minimum / 10"}
_COLOURS = {"steepest": "#d1495b", "minimum_over_ten": "#2e7d5b"}


def draw_curve(found: RangeTestResult, path: Path) -> None:
    """Draw losses over learning rates as a PNG, with the suggestions as lines.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (extra ``report``).
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    rates = [point.learning_rate for point in found.points]
    axes.plot(rates, [point.loss for point in found.points], color="#b8c4d0", linewidth=1, label="loss of the batch")
    axes.plot(rates, [point.smoothed for point in found.points], color="#1f4e79", linewidth=2, label="smoothed")
    for name, rate in found.suggestions.items():
        label = f"{_NAMES[name]}: {rate:.1e}"
        axes.axvline(rate, color=_COLOURS[name], linestyle="--", linewidth=1.5, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.set_title("Learning-rate range test" + (", stopped when it diverged" if found.ended == "diverged" else ""))
    axes.grid(alpha=0.3)
    # A diverging loss would flatten the part that matters.
    smoothed = [point.smoothed for point in found.points]
    height = max(smoothed[0], min(smoothed)) or 1.0
    axes.set_ylim(max(0.0, min(smoothed) - 0.25 * height), 1.6 * height)
    axes.legend(loc="upper left", frameon=False)
    FigureCanvasAgg(figure)
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})
