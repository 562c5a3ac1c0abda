"""Label texts with a finished run: JSON lines in, JSON lines out, in order and as a stream."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path

from spanreg.cli.config_arguments import add_include_argument
from spanreg.cli.output import spell_json
from spanreg.registry import ConfigurationError, include_packages
from spanreg.text.standard_input import standard_input

_READ_BYTES = 1 << 18
_FILE_LINES = 1024
"Enough for batches of similar length, few enough to be gone through in seconds."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder that 'spanreg train' wrote")
    parser.add_argument("file", metavar="FILE", help='JSON lines {"text": ..., "pair": ...}, or - for stdin')
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    from spanreg.training.predict import predict
    from spanreg.training.quiet import quiet_libraries
    from spanreg.training.saved_run import SavedRun

    quiet_libraries()
    include_packages(arguments.include_package)
    with _windows(arguments.file) as windows:
        trained = SavedRun(arguments.run)
        for answer in predict(trained, windows, "stdin" if arguments.file == "-" else arguments.file):
            print(spell_json(answer), flush=True)
    return 0


@contextmanager
def _windows(name: str) -> Iterator[Iterator[Sequence[bytes]]]:
    """The lines of a file, or of stdin, some at a time."""
    if name == "-":
        yield _lines_at_hand(standard_input())
        return
    try:
        stream = open(name, "rb")  # noqa: SIM115
    except OSError as error:
        raise ConfigurationError(f"cannot read {name}: {error.strerror}", hint="Name a file, or - for stdin") from None
    with stream:
        yield iter(lambda: list(islice(stream, _FILE_LINES)), [])


def _lines_at_hand(stream: BufferedReader) -> Iterator[Sequence[bytes]]:
    """What has come so far, again and again, so that whoever writes a line need not write another for its answer."""
    held: list[bytes] = []
    while block := stream.read1(_READ_BYTES):
        whole, newline, rest = block.rpartition(b"\n")
        if newline:
            yield b"".join([*held, whole]).split(b"\n")
            held = []
        held.append(rest)
    if last := b"".join(held):
        yield [last]
