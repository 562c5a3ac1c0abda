"""Write a finished run's model as ONNX, which runs without PyTorch, with what makes its inputs beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from spanreg.cli.config_arguments import add_include_argument
from spanreg.cli.output import print_line
from spanreg.registry import include_packages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder that 'spanreg train' wrote")
    parser.add_argument("--onnx", type=Path, metavar="OUT", required=True, help="a new folder for the ONNX form")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    from spanreg.training.onnx import GRAPH, export_onnx
    from spanreg.training.quiet import quiet_libraries
    from spanreg.training.saved_run import SavedRun

    quiet_libraries()
    include_packages(arguments.include_package)
    export_onnx(SavedRun(arguments.run), arguments.onnx)
    print_line(f"the model is {arguments.onnx / GRAPH}; tokenizer and segmentation lie beside it")
    return 0
