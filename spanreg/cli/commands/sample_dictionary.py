"""Sample a span dictionary from a corpus: frequent word n-grams with their counts, as Parquet."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from spanreg.cli.options.argument_errors import under_arguments
from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.path_checks import require_writable
from spanreg.cli.rendering.output import error_console, print_json, print_line, print_table, shows_progress
from spanreg.limits import limited
from spanreg.registry import ConfigurationError, MistakeCollector, include_packages
from spanreg.text.files.patterns import matching_paths

if TYPE_CHECKING:
    import pyarrow as pa

    from spanreg.dictionaries.sampling.reading import SamplingProgress

_logger = logging.getLogger(__name__)

_MOST_FREQUENT = 10
"N-grams that are printed after sampling."

_SECONDS_BETWEEN_LINES = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "corpus",
        nargs="*",
        metavar="CORPUS",
        help="text, .jsonl or .parquet files, also .gz and .zst; globs; - for stdin",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help="the Parquet file to write")
    parser.add_argument("--min-n", type=int, default=2, metavar="N", help="shortest n-gram in words (default: 2)")
    parser.add_argument("--max-n", type=int, default=5, metavar="N", help="longest n-gram in words (default: 5)")
    parser.add_argument("--min-count", type=int, default=10, metavar="N", help="fewest occurrences (default: 10)")
    parser.add_argument("--max-size", type=int, metavar="N", help="keep only the most frequent N")
    _add_word_arguments(parser)
    switch = argparse.BooleanOptionalAction
    parser.add_argument(
        "--keep-function-words", action=switch, default=True, help="keep n-grams like 'of the' (default: yes)"
    )
    parser.add_argument(
        "--score",
        action="append",
        dest="scores",
        metavar="SCORER",
        help="add a score, such as pmi (see 'spanreg list scorer'); may be repeated",
    )
    _add_reading_arguments(parser)
    parser.add_argument(
        "--executor",
        choices=("local", "ray"),
        default="local",
        help="count in this process, or on a Ray cluster with one task per file (default: local)",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="threads of this process (default: one per core, at most 8)"
    )
    parser.add_argument("--json", action="store_true", help="print the statistics as JSON")
    add_include_argument(parser)


def _add_word_arguments(parser: argparse.ArgumentParser) -> None:
    """Add arguments about the words that are counted."""
    parser.add_argument(
        "--words", metavar="RULE", help="rule that finds words (see 'spanreg list words'; default: unicode)"
    )
    parser.add_argument(
        "--lowercase",
        action=_Lowercase,
        nargs="?",
        default=True,
        metavar="before|after",
        help="lowercase words before counting, or after removing rare n-grams (default: before)",
    )
    parser.add_argument("--no-lowercase", action="store_false", dest="lowercase", help="do not lowercase words")
    parser.add_argument(
        "--punctuation",
        choices=("boundary", "drop", "keep"),
        default="boundary",
        help="boundary: n-grams end at punctuation marks; drop: n-grams with a word of marks alone are left out; keep: "
        "marks are words like others (default: boundary)",
    )


class _Lowercase(argparse.Action):
    """Action of ``--lowercase``, ``--lowercase before`` and ``--lowercase after``; any other value is a CORPUS."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        # argparse reads a CORPUS that follows ``--lowercase`` as its value.
        is_corpus = values not in (None, "before", "after")
        namespace.lowercase = values if values == "after" else True
        # Not in ``corpus``, which argparse sets itself when it reads the other files.
        namespace.first_corpus = [values] if is_corpus else []


def _add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add arguments about reading files."""
    parser.add_argument(
        "--field",
        dest="text_field",
        default="text",
        metavar="NAME",
        help="field of .jsonl and .parquet with the text (default: text)",
    )
    parser.add_argument(
        "--errors",
        choices=("refuse", "replace"),
        default="refuse",
        help="reject a file with bytes that are not UTF-8, or replace them (default: refuse)",
    )
    parser.add_argument(
        "--max-expansion",
        type=int,
        metavar="N",
        help="reject compressed files that expand to more than N times their size (default: 250); the same as --limit "
        "expansion=N",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.dictionaries.ngram import NgramDictionary
    from spanreg.dictionaries.tables.artefact import about_dictionary, write_dictionary

    parameters = {name: getattr(arguments, name) for name in _PARAMETERS}
    corpus = [*getattr(arguments, "first_corpus", []), *arguments.corpus]
    words = {} if arguments.words is None else {"words": arguments.words}
    began = time.monotonic()
    # --max-expansion N means --limit expansion=N.
    allowed = [] if arguments.max_expansion is None else [f"expansion={arguments.max_expansion}"]
    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    with limited(allowed), under_arguments(_argument):
        with mistakes:
            _check_files(corpus, arguments.output)
        with mistakes:
            dictionary = NgramDictionary.from_params({"corpus": corpus, **parameters, **words})
        mistakes.raise_all()
        with _progress() as report:
            table = dictionary.new_sample(report)
    write_dictionary(table, arguments.output)
    seconds = time.monotonic() - began
    origin = about_dictionary(table)["origin"]
    words, covered = origin["words"], origin.get("covered_words")
    # Reading, counting and writing: what a user waits for.
    figures = {"words": words, "seconds": round(seconds, 2), "words_per_second": round(words / seconds)}
    coverage = {} if covered is None else {"coverage": round(covered / words, 4)}
    _show({"output": str(arguments.output), **figures, **coverage, **entry_statistics(table)}, arguments.json)
    return 0


def _argument(parameter: str) -> str:
    """Return the argument that sets a parameter of the dictionary."""
    # Mistakes of ``_check_files`` name their arguments already.
    if parameter.startswith("-"):
        return parameter
    name = parameter.partition(".")[0]
    return _ARGUMENTS.get(name) or "--" + name.replace("_", "-")


def _check_files(corpus: Sequence[str], output: Path) -> None:
    """Check what is read and written, before hours of counting.

    Raises:
        ConfigurationError: all mistakes at once.
    """
    from spanreg.dictionaries.sampling.corpus import TextCorpus

    if not corpus:
        raise ConfigurationError("CORPUS is missing", hint="give text files, or - for standard input")
    mistakes = MistakeCollector()
    with mistakes:
        TextCorpus(corpus)
    with mistakes:
        require_writable(output)
        _require_other_file(output, corpus)
    mistakes.raise_all()


def _require_other_file(output: Path, corpus: Sequence[str]) -> None:
    """Raise an error if the dictionary would replace a file of its own corpus."""
    for pattern in corpus:
        # The pattern itself as well: a name with brackets is a file that no glob finds.
        for file in [Path(pattern), *matching_paths(pattern)]:
            if output.is_file() and file.exists() and output.samefile(file):
                raise ConfigurationError(f"{output} is a file of the corpus", path="-o", hint="name another file")


_ARGUMENTS = {"corpus": "CORPUS", "text_field": "--field", "scores": "--score"}
"Arguments whose names differ from those of the parameters that they set."
_PARAMETERS = (
    "min_n",
    "max_n",
    "min_count",
    "max_size",
    "lowercase",
    "punctuation",
    "keep_function_words",
    "scores",
    "text_field",
    "errors",
    "executor",
    "jobs",
)


def entry_statistics(table: pa.Table) -> dict[str, Any]:
    """Return the number of entries of a dictionary, in total and by length, and the most frequent ones."""
    lengths = table["n"].value_counts().to_pylist()
    return {
        "entries": table.num_rows,
        "entries_per_n": {str(row["values"]): row["counts"] for row in sorted(lengths, key=lambda row: row["values"])},
        "most_frequent": table.slice(0, _MOST_FREQUENT).select(["ngram", "count"]).to_pylist(),
    }


def _show(figures: dict[str, Any], as_json: bool) -> None:
    """Print statistics of the sampling and the most frequent n-grams."""
    if as_json:
        print_json(figures)
        return
    print_table(("n", "entries"), figures["entries_per_n"].items())
    print_table(("n-gram", "count"), [(row["ngram"], row["count"]) for row in figures["most_frequent"]])
    speed = f"{figures['words_per_second'] / 1e6:.1f} million words/s"
    print_line(f"{figures['words']:,} words in {figures['seconds']:.1f} s, {speed}")
    if "coverage" in figures:
        print_line(f"{figures['coverage']:.1%} of the words are in one of the n-grams")
    print_line(f"{figures['entries']:,} n-grams written to {figures['output']}")


@contextmanager
def _progress() -> Iterator[Callable[[SamplingProgress], None]]:
    """Yield a callback that shows progress: a bar on a terminal, otherwise a line every few seconds."""
    if not shows_progress():
        yield _Lines()
        return
    columns = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn()]
    with Progress(*columns, console=error_console(), transient=True) as progress:
        yield _Bars(progress)


class _Bars:
    """Progress bars, one per stage, with words/s and the remaining time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stage = ""
        self._began = 0.0

    def __call__(self, step: SamplingProgress) -> None:
        if step.stage != self._stage:
            self._stage, self._began = step.stage, time.monotonic()
            self._task = self._progress.add_task(step.stage, total=1.0, speed="")
        speed = step.words / max(time.monotonic() - self._began, 1e-9)
        self._progress.update(self._task, completed=step.fraction, speed=f"{speed / 1e6:.1f} M words/s")


class _Lines:
    """Log lines with the progress, at intervals."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, step: SamplingProgress) -> None:
        if time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            _logger.info("%s: %.0f %%, %.1f million words", step.stage, 100 * step.fraction, step.words / 1e6)
