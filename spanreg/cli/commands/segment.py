"""Segment texts, one per line, into spans: in colour on a terminal, as JSON lines, or as a page for a browser."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from spanreg.cli.options.argument_errors import under_arguments
from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.path_checks import require_input, require_writable
from spanreg.cli.options.segmenter_arguments import build_segmenters
from spanreg.cli.rendering.output import print_line, printable_json
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, MistakeCollector, include_packages
from spanreg.text.display import rich_text
from spanreg.text.files.standard_input import standard_input

if TYPE_CHECKING:
    from rich.text import Text

    from spanreg.dictionaries.base import SpanDictionary
    from spanreg.segmenters.base import Segmenter
    from spanreg.segmenters.spans.offsets import Span

_logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 18
"Most bytes of one read from stdin."

_MOST_TEXTS = 1000
"Most texts of a page, which a browser loads as one file."

_ON_A_PAGE = (
    "max_match",
    '{"type": "max_match", "direction": "backward"}',
    '{"type": "max_match", "direction": "bidirectional"}',
    '{"type": "viterbi", "scale": "log"}',
    "random",
)
"Segmenters of a page if none are given."

_COLOURS = ("black on cyan", "black on yellow", "black on green", "black on magenta")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--dictionary",
        required=True,
        metavar="D",
        help="file of 'spanreg sample-dictionary', or a list of phrases, one per line",
    )
    parser.add_argument(
        "--words",
        metavar="RULE",
        help="rule that finds words (default: that of the dictionary; for a list of phrases: unicode)",
    )
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="texts, one per line (default: - for stdin)"
    )
    parser.add_argument(
        "--segmenter",
        action="append",
        metavar="S",
        help="name of a segmenter, or its config as JSON (default: max_match); with --html, may be repeated",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--json",
        action="store_true",
        help='print {"text", "spans": [[start, end], ...]} per line; with several segmentations also "layers"',
    )
    output.add_argument("--html", type=Path, metavar="OUT", help="write an HTML page with a switch between segmenters")
    parser.add_argument(
        "--score",
        default="count",
        metavar="COLUMN",
        help="with --html: column of the dictionary that colours the spans (default: count)",
    )
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.dictionaries.file import FileDictionary
    from spanreg.segmenters.spans.offsets import layers_of_texts

    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    words = {} if arguments.words is None else {"words": arguments.words}
    with mistakes, under_arguments(lambda name: "--dictionary" if name == "path" else f"--{name}"):
        dictionary = FileDictionary.from_params({"path": arguments.dictionary, **words})
        dictionary.table()  # reports a mistake in it before waiting for stdin
    with mistakes:
        _check(arguments)
    mistakes.raise_all()
    segmenters = build_segmenters(arguments.segmenter or (_ON_A_PAGE if arguments.html else ["max_match"]), dictionary)
    if arguments.html:
        return _write_page(arguments, dictionary, segmenters)
    # ``_check`` allows several segmenters for a page only.
    (segmenter,) = segmenters.values()
    show = _show_json if arguments.json else span_printer()
    for texts in _batches(arguments.file):
        # A batch at a time: segmenters compute on arrays over all of its texts.
        for text, layers in zip(texts, layers_of_texts(segmenter, texts), strict=True):
            show(text, layers)
        # A program that sends a line waits for its spans before it sends the next.
        sys.stdout.flush()
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Check the arguments other than the dictionary.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    mistakes = MistakeCollector()
    with mistakes:
        if arguments.file != "-":
            require_input(arguments.file)
    with mistakes:
        if arguments.html:
            require_writable(arguments.html)
        elif len(arguments.segmenter or ()) > 1:
            raise ConfigurationError("several segmenters are given", path="--segmenter", hint="give one, or add --html")
    mistakes.raise_all()


def _write_page(arguments: argparse.Namespace, dictionary: SpanDictionary, segmenters: Mapping[str, Segmenter]) -> int:
    """Write a page of the first texts."""
    from spanreg import storage
    from spanreg.segmenters.page import require_score, spans_page

    with under_arguments(lambda name: f"--{name}"):
        require_score(dictionary, arguments.score)  # before all of stdin is read
    texts = [text for batch in _batches(arguments.file) for text in batch if text.strip()]
    if len(texts) > _MOST_TEXTS:
        _logger.warning("The page shows the first %d of %d texts", _MOST_TEXTS, len(texts))
    about = f"{Path(arguments.dictionary).name}, {dictionary.table().num_rows:,} entries"
    page = spans_page(texts[:_MOST_TEXTS], segmenters, dictionary, arguments.score, about)
    with storage.whole_file(arguments.html) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return 0


def _batches(name: str) -> Iterator[list[str]]:
    """Yield the lines received so far, repeatedly, without waiting for more."""
    from spanreg.text.files.blocks import file_blocks, text_blocks

    if name == "-":
        stdin = standard_input()
        chunks = iter(lambda: stdin.read1(_READ_BYTES), b"")
        blocks = text_blocks(chunks, "stdin", whole_lines=True, longest=limits().line)
    else:
        blocks = file_blocks(Path(name), whole_lines=True, longest=limits().line)
    for block in blocks:
        # Not ``splitlines``, which also splits at characters within a text, such as U+2028.
        yield [line.removesuffix("\r") for line in block.decode().removesuffix("\n").split("\n")]


def span_printer() -> Callable[[str, Sequence[Sequence[Span]]], None]:
    """Return a function that prints one line per segmentation, in colour on a terminal, otherwise with bars."""
    # Without soft_wrap, rich would break a long text into lines of the terminal's width.
    console = Console(highlight=False, soft_wrap=True)
    coloured = not console.no_color and console.color_system is not None

    def show(text: str, layers: Sequence[Sequence[Span]]) -> None:
        for spans in layers:
            if coloured:
                console.print(_coloured(text, spans))
            else:
                print_line(" | ".join(text[span.start : span.end] for span in spans))

    return show


def _show_json(text: str, layers: Sequence[Sequence[Span]]) -> None:
    from spanreg.segmenters.spans.offsets import offsets

    print(printable_json({"text": text, **offsets(layers)}))


def _coloured(text: str, spans: Sequence[Span]) -> Text:
    """Return a text with its spans of several words in alternating colours."""
    # One sign for each control character, so that the spans stay where they are.
    line = rich_text(text)
    colours = cycle(_COLOURS)
    for span in spans:
        if span.words > 1:
            line.stylize(next(colours), span.start, span.end)
    return line
