"""Write the results of a study to one archive: configs, scores, predictions and span statistics, without weights."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from spanreg.cli.options.command_parser import add_include_argument, add_json_argument
from spanreg.cli.options.path_checks import require_writable
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.registry import include_packages


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", type=Path, metavar="DIR", help="folder of the study")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ZIP", help="archive to write")
    parser.add_argument(
        "--with-texts",
        action="store_true",
        help="include the texts of the examples; check that their licence allows it",
    )
    add_json_argument(parser)
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.exchange.pack import pack_study

    # Before the files of all runs are read and verified.
    require_writable(arguments.output)
    include_packages(arguments.include_package)
    packed = pack_study(arguments.target, arguments.output, with_texts=arguments.with_texts)
    if arguments.json:
        print_json({"output": str(arguments.output), **asdict(packed)})
        return 0
    texts = "with texts" if packed.texts else "without texts"
    left = f", {packed.left_out} unfinished runs skipped" if packed.left_out else ""
    print_line(f"{arguments.output}: {packed.runs} runs, {texts}, {packed.bytes:,} bytes{left}")
    return 0
