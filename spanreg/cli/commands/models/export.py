"""Export the model of a finished run to ONNX, or to a model that transformers loads without spanreg."""

from __future__ import annotations

import argparse
from pathlib import Path

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.path_checks import ready_run, require_new
from spanreg.cli.rendering.output import print_line
from spanreg.packages import EXTRAS, require_package


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="folder of a finished run, its model/, or the name of a model on the hub"
    )
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument(
        "--onnx", type=Path, metavar="OUT", help="new folder for the ONNX graph, tokenizer and segmentation"
    )
    form.add_argument(
        "--transformers",
        type=Path,
        metavar="OUT",
        help="new folder for the model of a plain run (aggregator 'none'), which transformers loads without spanreg",
    )
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    out = arguments.onnx or arguments.transformers
    folder = ready_run(arguments, lambda: require_new(out), lambda: _require_packages(arguments))

    # Imported after all checks: torch takes seconds.
    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.serving.saved_run import SavedRun

    quiet_libraries()
    trained = SavedRun(folder)
    if arguments.onnx is not None:
        from spanreg.integrations.onnx import GRAPH, export_onnx

        export_onnx(trained, out)
        print_line(f"the model is {out / GRAPH}; tokenizer and segmentation are in the same folder")
        return 0
    from spanreg.integrations.transformers.export import export_transformers

    export_transformers(trained, out)
    print_line(f"the model is in {out}; transformers loads it without spanreg")
    return 0


def _require_packages(arguments: argparse.Namespace) -> None:
    """Check the optional packages of the form, before a model is fetched or loaded."""
    for package in EXTRAS["onnx"] if arguments.onnx is not None else ():
        require_package(package)
