"""Suggest a learning rate by training for a few steps while the learning rate grows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.options.config_arguments import add_config_arguments, read_checked
from spanreg.cli.options.path_checks import require_writable
from spanreg.cli.rendering.output import print_json, print_line, print_table, shows_progress
from spanreg.packages import has_package
from spanreg.registry import ConfigurationError
from spanreg.training.config.experiment_plan import ExperimentPlan

if TYPE_CHECKING:
    from spanreg.training.find_lr import RangeTestResult

_CURVE, _PICTURE = "learning_rate.json", "learning_rate.png"
_EXPLAINED = {
    "steepest": "where the loss falls fastest",
    "minimum_over_ten": "a tenth of where the smoothed loss is lowest",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a Jsonnet or JSON file")
    parser.add_argument(
        "-s", "--save", type=Path, metavar="DIR", help=f"folder for {_CURVE} and, with the extra 'report', {_PICTURE}"
    )
    parser.add_argument("--start", type=float, default=1e-7, metavar="X", help="first learning rate (default: 1e-7)")
    parser.add_argument("--end", type=float, default=1.0, metavar="X", help="last learning rate (default: 1)")
    parser.add_argument("--steps", type=int, default=100, metavar="N", help="optimizer steps (default: 100)")
    parser.add_argument("--json", action="store_true", help="print suggestions and curve as JSON")
    add_config_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    plan = read_checked(arguments.config, arguments)
    if arguments.save:
        _require_usable_folder(arguments.save)
    found = _find(plan, arguments)
    written = _write(found, arguments.save) if arguments.save else []
    if arguments.json:
        print_json(found.to_json())
        return 0
    _print(found, arguments.steps, written)
    return 0


def _find(plan: ExperimentPlan, arguments: argparse.Namespace) -> RangeTestResult:
    """Run the sweep, with a progress bar on a terminal."""
    from spanreg.cli.rendering.progress import ProgressBar
    from spanreg.training.find_lr import LearningRateSweep, find_learning_rate
    from spanreg.training.loop.quiet import quiet_libraries

    quiet_libraries()
    bar = ProgressBar() if shows_progress() else None
    try:
        sweep = LearningRateSweep(arguments.start, arguments.end, arguments.steps)
        return find_learning_rate(plan, sweep, [bar] if bar else [])
    finally:
        # After an error the callback's own end is not called.
        if bar is not None:
            bar.stop()


def _require_usable_folder(folder: Path) -> None:
    """Check the folder of the results before the sweep.

    Raises:
        ConfigurationError: it is a file, is not writable, or is the folder of a run, which must stay as it was written.
    """
    if folder.is_file():
        raise ConfigurationError(f"{folder} is a file", hint="name a folder with -s")
    if (folder / "status.json").exists():
        raise ConfigurationError(f"{folder} is a run folder", hint="name another folder with -s")
    require_writable(folder / _CURVE)


def _write(result: RangeTestResult, folder: Path) -> list[Path]:
    """Write the curve and, if matplotlib is installed, its picture; return their paths."""
    from spanreg.storage import write_json

    write_json(folder / _CURVE, result.to_json())
    # The picture is optional, the curve is not.
    if not has_package("matplotlib"):
        return [folder / _CURVE]
    from spanreg.training.find_lr_picture import draw_curve

    draw_curve(result, folder / _PICTURE)
    return [folder / _CURVE, folder / _PICTURE]


def _print(result: RangeTestResult, steps: int, written: list[Path]) -> None:
    """Print the suggestions, why the sweep ended early, and the written files."""
    rows = [[name, f"{rate:.2e}", _EXPLAINED[name]] for name, rate in result.suggestions.items()]
    if rows:
        print_table(["suggestion", "learning rate", "what it is"], rows)
    else:
        print_line("the loss never fell: no suggestion")
    if result.ended == "diverged":
        last = result.points[-1].learning_rate if result.points else 0.0
        print_line(f"the loss diverged after {len(result.points)} of {steps} steps, at {last:.2e}")
    for path in written:
        print_line(f"written: {path}")
