"""Fine-tune a model by a config, and write everything into one run folder."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path
from types import FrameType
from typing import Any

from spanreg.cli.options.config_arguments import add_config_arguments, read_checked
from spanreg.cli.rendering.metrics import print_metrics
from spanreg.cli.rendering.output import print_json, print_line, shows_progress
from spanreg.training.config.experiment_plan import ExperimentPlan
from spanreg.training.loop.processes import is_main_process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a Jsonnet or JSON file")
    add_config_arguments(parser)
    parser.add_argument("-s", "--run", type=Path, required=True, metavar="RUN", help="run folder to write")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume",
        action="store_true",
        help="resume a stopped run, keep a finished one (default)",
    )
    existing.add_argument("--restart", action="store_true", help="restart an existing run of this config from scratch")
    existing.add_argument("-f", "--force", action="store_true", help="replace an existing run of any config")
    parser.add_argument("--json", action="store_true", help="print metrics.json")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    plan = read_checked(arguments.config, arguments)
    metrics = _train(plan, arguments)
    if not is_main_process():
        return 0  # only the first process of a distributed training prints
    if arguments.json:
        print_json(metrics)
        return 0
    print_metrics(metrics["splits"])
    training = metrics["training"]
    print_line(
        f"{training['steps']} steps in {training['seconds']:.1f} s, {training['examples_per_second']:.1f} examples/s"
        f" ({training['precision']}); everything is in {arguments.run}"
    )
    return 0


def _train(plan: ExperimentPlan, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the training and return its metrics, with a progress bar on a terminal."""
    from spanreg.cli.rendering.progress import ProgressBar
    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.train import RunRequest, train

    quiet_libraries()
    # Without a handler, SIGTERM would end Python before ``finally`` blocks run.
    signal.signal(signal.SIGTERM, _end)
    bar = ProgressBar() if shows_progress() else None
    if bar is not None:
        # The bar shows the same; the log file of the run still has these records.
        for handler in logging.getLogger().handlers:
            handler.addFilter(lambda record: record.name != "spanreg.training.loop.run_callbacks")
    try:
        return train(
            plan,
            arguments.run,
            request=RunRequest(arguments.config, arguments.argv),
            callbacks=[bar] if bar is not None else [],
            restart=arguments.restart,
            force=arguments.force,
        )
    finally:
        if bar is not None:
            bar.stop()


def _end(number: int, frame: FrameType | None) -> None:
    """Stop on SIGTERM as on Ctrl-C, so that the run folder records it."""
    raise SystemExit(128 + number)  # as shells report a signal
