"""The arguments of commands that read a file of data with a finished run."""

from __future__ import annotations

from argparse import ArgumentParser

FORMATS = ("csv", "tsv", "jsonl", "parquet", "conll")


def add_data_arguments(parser: ArgumentParser, *, split: bool = True) -> None:
    """Add the format of a file and, where the command has no such argument yet, the split of a folder.

    Args:
        parser: of the command.
        split: whether to add ``--split``.
    """
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="of the file; default: what its suffix says, otherwise that of the training data (stdin: jsonl)",
    )
    if split:
        parser.add_argument("--split", metavar="S", help="the split of a folder that has several")
