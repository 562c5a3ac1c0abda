"""Predict labels of texts with a finished run, and print one JSON object per text."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.data_arguments import add_format_argument
from spanreg.cli.options.path_checks import ready_run, require_input
from spanreg.cli.rendering.output import printable_json
from spanreg.limits import limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.standard_input import standard_input

if TYPE_CHECKING:
    from spanreg.training.serving.saved_run import SavedRun

_STDIN = "-"
_READ_BYTES = 1 << 18
"Most bytes of one read from stdin."

_FILE_BYTES = 1 << 22
"Bytes of a file after which its lines are predicted, so that long lines take bounded memory."

_FILE_LINES = 1024
"Lines predicted at a time: enough to make batches of similar length, few enough to process in seconds."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="folder of a finished run, or the name of a model on the hub"
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help='texts in any format that training reads, such as JSON lines {"text": ..., "pair": ...}; a folder of such '
        "files; or - for stdin",
    )
    add_format_argument(parser, stdin="jsonl")
    parser.add_argument("--split", metavar="S", help="split to read, for a folder with several")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    run_folder = ready_run(arguments, lambda: _check(arguments))

    from spanreg.training.loop.quiet import quiet_libraries
    from spanreg.training.serving.saved_run import SavedRun

    quiet_libraries()
    for answer in _answers(SavedRun(run_folder), arguments):
        # A program that sends a line waits for its answer before it sends the next.
        print(printable_json(answer), flush=True)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Check the arguments other than the run.

    Raises:
        ConfigurationError: the file does not exist, or an option does not fit it.
    """
    # Imported late, as in ``run``: reading data needs pyarrow, ``--help`` does not.
    from spanreg.data.sources.splits import require_folder_for_split

    if arguments.file != _STDIN:
        require_input(arguments.file)
        require_folder_for_split(Path(arguments.file), arguments.split)
    # The index of a Parquet file is at its end, so that a pipe cannot be read as one.
    elif arguments.split is not None or arguments.format == "parquet":
        flag, hint = ("--format", "give the file") if arguments.split is None else ("--split", "give a folder")
        raise ConfigurationError("cannot be used for stdin", path=flag, hint=hint)


def _answers(trained: SavedRun, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Return an iterator of predictions for the texts of a file, a folder or stdin."""
    from spanreg.data.reading.external_data import ExternalData
    from spanreg.text.files.blocks import byte_lines
    from spanreg.training.serving.predict import predict, predict_rows

    if arguments.file == _STDIN:
        return _answers_to_stdin(trained, arguments)
    path = Path(arguments.file)
    given = ExternalData(path, arguments.format, arguments.split)
    if not given.is_json_lines(trained.layout):
        return predict_rows(trained, given.rows(trained.layout))
    return predict(trained, _windows_of(byte_lines(path)), arguments.file)


def _answers_to_stdin(trained: SavedRun, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Return an iterator of predictions for texts that may arrive one by one."""
    from spanreg.data.reading.external_data import rows_of_blocks
    from spanreg.text.files.blocks import text_blocks
    from spanreg.text.files.encoding import without_mark
    from spanreg.training.serving.predict import predict, predict_rows

    # read1 returns what has arrived, where read would wait for a full block.
    stdin = standard_input()
    chunks = iter(lambda: stdin.read1(_READ_BYTES), b"")
    if arguments.format in (None, "jsonl"):
        return predict(trained, _lines_at_hand(without_mark(chunks, "stdin")[1]), "stdin")
    blocks = text_blocks(chunks, "stdin", whole_lines=True, longest=limits().line)
    return predict_rows(trained, rows_of_blocks(blocks, "stdin", arguments.format, trained.layout))


def _windows_of(lines: Iterator[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield lines in windows; those before a line that is too long are predicted before its error is raised."""
    window: list[bytes] = []
    size = 0
    try:
        for line in lines:
            window.append(line)
            size += len(line)
            if len(window) == _FILE_LINES or size > _FILE_BYTES:
                yield window
                window, size = [], 0
    except ConfigurationError:
        if window:
            yield window
        raise
    if window:
        yield window


def _lines_at_hand(blocks: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield the lines received so far, repeatedly, so that each line is predicted before the next one arrives."""
    from spanreg.text.files.blocks import line_too_long

    # The parts of a line that has no end yet; joined once, since a long line arrives in many reads.
    held: list[bytes] = []
    most, number = limits().line, 1
    for block in blocks:
        whole, newline, rest = block.rpartition(b"\n")
        if newline:
            window = b"".join([*held, whole]).split(b"\n")
            number += len(window)
            yield window
            held = []
        held.append(rest)
        if sum(map(len, held)) > most:
            raise line_too_long(f"stdin:{number}", most)
    if last := b"".join(held):
        yield [last]
