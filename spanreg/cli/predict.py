"""Label texts with a finished run: JSON lines in, JSON lines out, in order and as a stream."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from spanreg.cli.config_arguments import add_include_argument
from spanreg.registry import ConfigurationError, include_package


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
    for package in arguments.include_package:
        include_package(package)
    with _lines(arguments.file) as lines:
        trained = SavedRun(arguments.run)
        for answer in predict(trained, lines, "stdin" if arguments.file == "-" else arguments.file):
            print(json.dumps(answer, ensure_ascii=False))
    return 0


@contextmanager
def _lines(name: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file or of stdin."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb") as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigurationError(f"cannot read {name}: {error.strerror}", hint="Name a file, or - for stdin") from None
