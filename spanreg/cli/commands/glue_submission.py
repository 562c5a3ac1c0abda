"""Average the scores of GLUE runs as GLUE does, and write the archive for its leaderboard."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.path_checks import require_writable
from spanreg.cli.rendering.output import print_json, print_line, print_table, spell
from spanreg.registry import MistakeCollector, include_packages

if TYPE_CHECKING:
    from spanreg.integrations.glue_submission.archive import GlueRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="finished runs of GLUE tasks, one per task")
    parser.add_argument("-o", "--out", type=Path, metavar="ZIP", help="archive to write (default: print scores only)")
    parser.add_argument(
        "--fill-missing",
        action="store_true",
        help="predict a constant for tasks without a run, because the leaderboard needs all tasks",
    )
    parser.add_argument("--json", action="store_true", help="print scores and files as JSON")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    _check(arguments)

    from spanreg.integrations.glue_submission.archive import glue_runs, write_submission
    from spanreg.training.loop.quiet import quiet_libraries

    quiet_libraries()
    runs = glue_runs(arguments.runs)
    written = write_submission(runs, arguments.out, fill_missing=arguments.fill_missing) if arguments.out else None
    scores = _scores(runs)
    if arguments.json:
        files = {"file": str(arguments.out), "files": written.files, "filled": written.filled} if written else None
        print_json({**scores, "submission": files})
        return 0
    _print_scores(scores)
    if written:
        filled = f", {', '.join(written.filled)} with a constant answer" if written.filled else ""
        print_line(f"{arguments.out}: {len(written.files)} files{filled}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Check all paths before torch is imported and test sets are predicted.

    Raises:
        ConfigurationError: the mistakes of all arguments at once.
    """
    from spanreg.training.runs.reader import finished_run

    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    for path in arguments.runs:
        with mistakes:
            finished_run(path)
    with mistakes:
        if arguments.out:
            require_writable(arguments.out)
    mistakes.raise_all()


def _scores(runs: dict[str, GlueRun]) -> dict[str, Any]:
    """Return metrics and scores on the validation splits, for ``--json``."""
    from spanreg.integrations.glue_submission.score import glue_score, official, scored_splits

    score = glue_score({task: one.figures for task, one in runs.items()})
    tasks = {
        task: {
            "run": str(one.path),
            "figures": {
                split: {name: one.figures[split][name] for name in official(task) if name in one.figures[split]}
                for split in scored_splits(task)
                if split in one.figures
            },
            "score": score.tasks.get(task),
        }
        for task, one in runs.items()
    }
    return {"tasks": tasks, "average": score.average, "missing": list(score.missing)}


def _print_scores(scores: dict[str, Any]) -> None:
    """Print a row for each task, and the average."""
    rows = [
        [task, one["run"], ", ".join(_spelt(one["figures"])), one["score"]] for task, one in scores["tasks"].items()
    ]
    # The average of fewer than nine tasks is not GLUE's, so the row says what it is of.
    counted = sum(one["score"] is not None for one in scores["tasks"].values())
    missing = f"without {', '.join(scores['missing'])}" if scores["missing"] else ""
    rows.append([f"average of {counted}", "", missing, scores["average"]])
    print_table(["task", "run", "validation", "score"], rows)


def _spelt(figures: dict[str, dict[str, float]]) -> list[str]:
    """Return the metrics of a task as text, with their sections if there are several."""
    # MNLI has two sections, validation_matched and validation_mismatched.
    sections = {split: split.rpartition("_")[2] + " " for split in figures} if len(figures) > 1 else {}
    return [
        f"{sections.get(split, '')}{name} {spell(figure)}"
        for split, named in figures.items()
        for name, figure in named.items()
    ]
