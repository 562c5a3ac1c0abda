"""Fine-tune a small encoder with and without spans on idioms: figurative or literal? Nothing is downloaded."""

from __future__ import annotations

import argparse
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.output import errors, print_json, print_line, print_table

if TYPE_CHECKING:
    from transformers import TrainerCallback

    from spanreg.cli.progress import ProgressBar
    from spanreg.training.demo import DemoResult, DemoSettings

_TOLD = "spanreg.training.demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "-s", "--run", type=Path, default=Path("demo-run"), metavar="DIR", help="folder to write (default: demo-run)"
    )
    parser.add_argument("--encoder", metavar="MODEL", help="hub name, folder or pkg:package/folder; default: MiniLM")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of each arm (default: 3)")
    parser.add_argument(
        "--minutes", type=float, default=4.0, metavar="M", help="begin no seed that would end later (default: 4)"
    )
    parser.add_argument("-f", "--force", action="store_true", help="replace runs that are there already")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    from spanreg.training.demo import run_demo
    from spanreg.training.quiet import quiet_libraries

    quiet_libraries()
    if not arguments.verbose:
        # Six runs one after the other say the same things; each run's own log has them.
        for handler in logging.getLogger().handlers:
            handler.addFilter(lambda record: record.name == _TOLD or record.levelno >= logging.WARNING)
    bars = _Bars(errors.is_terminal and not arguments.quiet)
    try:
        result = run_demo(_settings(arguments, bars))
    finally:
        bars.stop()
    if arguments.json:
        print_json(_as_json(result))
    else:
        _show(result, arguments.run)
    return 0


class _Bars:
    """A progress bar for every run, where they are wanted; ``stop`` takes the last one away, also after an error."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._last: ProgressBar | None = None

    def __call__(self) -> list[TrainerCallback]:
        from spanreg.cli.progress import ProgressBar

        self._last = ProgressBar() if self._wanted else None
        return [self._last] if self._last else []

    def stop(self) -> None:
        if self._last:
            self._last.stop()


def _settings(arguments: argparse.Namespace, bars: _Bars) -> DemoSettings:
    from spanreg.registry import ConfigurationError
    from spanreg.training.demo import ENCODER, DemoSettings

    if arguments.seeds < 1:
        raise ConfigurationError(f"{arguments.seeds} seeds train nothing", path="--seeds", hint="give at least 1")
    return DemoSettings(
        folder=arguments.run,
        encoder=arguments.encoder or ENCODER,
        seeds=arguments.seeds,
        seconds=60 * arguments.minutes,
        force=arguments.force,
        command=arguments.argv,
        callbacks=bars,
    )


def _show(result: DemoResult, folder: Path) -> None:
    """The table, what it says and does not say, some sentences, and where to go on."""
    from spanreg.cli.segment import span_printer
    from spanreg.training.demo import ARMS, BASELINE, SPLITS

    rows: list[tuple[object, ...]] = [
        (run.arm, run.seed, *(run.accuracy[split] for split in SPLITS), f"{run.seconds:.0f} s") for run in result.runs
    ]
    rows += [(arm, "mean", *(result.mean(arm, split) for split in SPLITS), "") for arm in ARMS]
    print_line("Accuracy on sentences with idioms that are in no training sentence: figurative or literal? Chance: 0.5")
    print_table(["arm", "seed", *SPLITS, "training"], rows)
    seeds = len({run.seed for run in result.runs})
    for arm in ARMS.keys() - {BASELINE}:
        gain = result.mean(arm, "test") - result.mean(BASELINE, "test")
        print_line(f"{arm} against {BASELINE} on test: {gain:+.4f}; {seeds} seed(s) are too few to tell that from luck")
    print_line(f"\nSpans of several words, by a dictionary of {result.ngrams} n-grams:")
    show = span_printer()
    for example in result.examples:
        show(example.text, [example.spans])
        said = ", ".join(f"{arm} says {label}" for arm, label in example.predictions.items())
        print_line(f"    {example.label}; {said}")
    last = result.runs[-1].folder
    print_line(f"\nConfigs, figures, predictions, models, dictionaries and logs: {folder}/<arm>-<seed>")
    print_line(f'To go on: echo \'{{"text": "She let off steam."}}\' | spanreg predict {last} -')


def _as_json(result: DemoResult) -> dict[str, Any]:
    from spanreg.training.demo import ARMS, SPLITS

    return {
        "task": "demo",
        "ngrams": result.ngrams,
        "runs": [{**asdict(run), "folder": str(run.folder)} for run in result.runs],
        "mean": {arm: {split: result.mean(arm, split) for split in SPLITS} for arm in ARMS},
        "examples": [
            {**asdict(example), "spans": [[span.start, span.end] for span in example.spans]}
            for example in result.examples
        ],
    }
