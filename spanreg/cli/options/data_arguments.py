"""Arguments of commands that read data for a finished run."""

from __future__ import annotations

from argparse import ArgumentParser

# Those of spanreg.data.sources.formats, whose import needs pyarrow, which --help must not wait for.
FORMATS = ("csv", "tsv", "jsonl", "parquet", "conll")


def add_format_argument(parser: ArgumentParser, *, stdin: str = "") -> None:
    """Add ``--format``.

    Args:
        parser: parser of the command.
        stdin: format of standard input; default: the command does not read it.
    """
    of_stdin = f"; for stdin: {stdin}" if stdin else ""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help=f"format of the file (default: by its suffix, otherwise that of the training data{of_stdin})",
    )
