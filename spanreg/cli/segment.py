"""Cut texts, one a line, into spans by the longest match: coloured on a terminal, JSON lines for programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from spanreg.segmenters.spans import Span

_READ_BYTES = 1 << 18
_COLOURS = ("black on cyan", "black on yellow", "black on green", "black on magenta")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--dictionary",
        required=True,
        metavar="D",
        help="what 'spanreg sample-dictionary' wrote, or a list of phrases, one a line",
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="texts, one a line; default: - for stdin")
    parser.add_argument("--json", action="store_true", help='print {"text", "spans": [[start, end], ...]} a line')


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    from spanreg.dictionaries.file import File
    from spanreg.segmenters.max_match import MaxMatch
    from spanreg.segmenters.spans import segment_texts

    dictionary = File(arguments.dictionary)
    dictionary.table()  # a mistake in it is told before stdin is waited for
    segmenter = MaxMatch(dictionary)
    show = _show_json if arguments.json else span_printer()
    for texts in _batches(arguments.file):
        for text, spans in zip(texts, segment_texts(segmenter, texts), strict=True):
            show(text, spans)
        sys.stdout.flush()
    return 0


def _batches(name: str) -> Iterator[list[str]]:
    """The lines at hand, again and again, without waiting for more."""
    from spanreg.text.files import file_blocks, text_blocks

    if name == "-":
        stdin = cast(BufferedReader, sys.stdin.buffer)
        blocks = text_blocks(iter(lambda: stdin.read1(_READ_BYTES), b""), "stdin", whole_lines=True)
    else:
        blocks = file_blocks(Path(name), whole_lines=True)
    for block in blocks:
        yield [line.removesuffix("\r") for line in block.decode().removesuffix("\n").split("\n")]


def span_printer() -> Callable[[str, Sequence[Span]], None]:
    """Writes for people: in colours on a terminal, otherwise with bars between the spans."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        return lambda text, spans: print(" | ".join(text[span.start : span.end] for span in spans))
    return lambda text, spans: console.print(_coloured(text, spans))


def _show_json(text: str, spans: Sequence[Span]) -> None:
    print(json.dumps({"text": text, "spans": [[span.start, span.end] for span in spans]}, ensure_ascii=False))


def _coloured(text: str, spans: Sequence[Span]) -> Text:
    """The text with its spans of several words in changing colours."""
    line = Text(text)
    colours = cycle(_COLOURS)
    for span in spans:
        if span.words > 1:
            line.stylize(next(colours), span.start, span.end)
    return line
