"""Arguments of commands that read data for a finished run."""

from __future__ import annotations

from argparse import ArgumentParser

FORMATS = ("csv", "tsv", "jsonl", "parquet", "conll")


def add_data_arguments(parser: ArgumentParser, *, split: bool = True) -> None:
    """Add the format of a file and the split of a folder.

    Args:
        parser: parser of the command.
        split: add ``--split``.
    """
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="format of the file; default: by its suffix, otherwise that of the training data (stdin: jsonl)",
    )
    if split:
        parser.add_argument("--split", metavar="S", help="split to read, for a folder with several")
