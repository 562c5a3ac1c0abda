"""Evaluate a finished run on splits of its task, or on a file of labelled examples."""

from __future__ import annotations

import argparse
from pathlib import Path

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.data_arguments import add_format_argument
from spanreg.cli.options.path_checks import ready_run, require_input, require_writable
from spanreg.cli.rendering.metrics import print_metrics
from spanreg.cli.rendering.output import print_json
from spanreg.registry import ConfigurationError, MistakeCollector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="folder of a finished run, or the name of a model on the hub"
    )
    parser.add_argument(
        "--split",
        action="append",
        metavar="S",
        help="split of the task; may be repeated (default: those evaluated after training); with --data: split of a "
        "folder",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help='labelled examples in any format that training reads, such as JSON lines {"text": ..., "label": ...}; '
        "or a folder of such files",
    )
    add_format_argument(parser)
    parser.add_argument("--predictions", type=Path, metavar="OUT", help="with --data: file to write predictions to")
    parser.add_argument("--json", action="store_true", help="print the metrics as JSON")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    figures = _evaluate(ready_run(arguments, lambda: _check(arguments)), arguments)
    if arguments.json:
        print_json(figures)
    else:
        print_metrics(figures)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Check the arguments other than the run.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    from spanreg.data.sources.splits import require_folder_for_split

    mistakes = MistakeCollector()
    with mistakes:
        if arguments.predictions and not arguments.data:
            hint = "predictions of a split are written into the run folder"
            raise ConfigurationError("needs --data", path="--predictions", hint=hint)
    with mistakes:
        if arguments.predictions:
            require_writable(arguments.predictions)
    with mistakes:
        if arguments.format and not arguments.data:
            raise ConfigurationError("needs --data", path="--format", hint="splits are read as for training")
    with mistakes:
        if arguments.data and len(arguments.split or ()) > 1:
            raise ConfigurationError("is given several times with --data", path="--split", hint="give it once")
    with mistakes:
        if arguments.data:
            require_input(arguments.data, "give a file or a folder")
            require_folder_for_split(arguments.data, arguments.split[0] if arguments.split else None)
    mistakes.raise_all()


def _evaluate(folder: Path, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return metrics by split, or by the path of ``--data``."""
    # Imported after all checks: torch takes seconds.
    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
    from spanreg.training.serving.saved_run import SavedRun

    quiet_libraries()
    trained = SavedRun(folder)
    if not arguments.data:
        splits = arguments.split or list(trained.folder.read("metrics")["splits"])
        return {split: evaluate_on_split(trained, split) for split in splits}
    # With --data, ``_check`` allows one split at most.
    (split,) = arguments.split or (None,)
    figures = evaluate_on_file(trained, arguments.data, arguments.predictions, form=arguments.format, split=split)
    return {str(arguments.data): figures}
