"""Score a finished run: on splits of its own task, which are read again, or on a file of labelled JSON lines."""

from __future__ import annotations

import argparse
from pathlib import Path

from spanreg.cli.config_arguments import add_include_argument
from spanreg.cli.figures import print_figures
from spanreg.cli.output import print_json
from spanreg.registry import ConfigurationError, include_packages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder that 'spanreg train' wrote")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--split",
        action="append",
        metavar="S",
        help="a split of the run's task, may be repeated; default: those that were scored after training",
    )
    what.add_argument("--data", type=Path, metavar="FILE", help='JSON lines {"text": ..., "pair": ..., "label": ...}')
    parser.add_argument("--predictions", type=Path, metavar="OUT", help="with --data: where to write the predictions")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    if arguments.predictions and not arguments.data:
        raise ConfigurationError(
            "--predictions goes with --data", hint="the predictions of a split are written into the run folder"
        )
    include_packages(arguments.include_package)
    figures = _evaluate(arguments)
    if arguments.json:
        print_json(figures)
    else:
        print_figures(figures)
    return 0


def _evaluate(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    from spanreg.training.evaluate import evaluate_on_file, evaluate_on_split
    from spanreg.training.quiet import quiet_libraries
    from spanreg.training.saved_run import SavedRun

    quiet_libraries()
    trained = SavedRun(arguments.run)
    if arguments.data:
        return {str(arguments.data): evaluate_on_file(trained, arguments.data, arguments.predictions)}
    splits = arguments.split or list(trained.folder.read("metrics")["splits"])
    return {split: evaluate_on_split(trained, split) for split in splits}
