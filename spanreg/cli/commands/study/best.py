"""Choose an arm for each task, and report its score on examples that did not select it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.command_parser import add_include_argument, add_json_argument
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import include_packages

if TYPE_CHECKING:
    from spanreg.studies.analyse.arm_result import ArmResult
    from spanreg.studies.analyse.best import BestArm


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", type=Path, metavar="DIR", help="folder or pack of a study")
    add_json_argument(parser)
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.analyse.best import best_arms
    from spanreg.studies.exchange.pack import opened_study

    include_packages(arguments.include_package)
    with opened_study(arguments.target) as folder:
        found = best_arms(folder)
    if arguments.json:
        print_json({"tasks": [_facts(best) for best in found]})
        return 0
    several = len(found) > 1
    head = ("arm", "selection score", "reported", "± seeds", "seeds", "")
    rows = [((best.task,) if several else ()) + row for best in found for row in _rows(best)]
    print_table(("task", *head) if several else head, rows)
    for best in found:
        where = f"{best.task}, " if several else ""
        print_line(f"{where}{best.arm}: {best.caption}")
        if best.verdict:
            print_line(f"{where}{best.verdict}")
    return 0


def _rows(best: BestArm) -> list[tuple[Any, ...]]:
    # The chosen arm is one of those that tie.
    mark = {**dict.fromkeys(best.tied, "tied"), best.arm: "chosen, tied" if best.tied else "chosen"}
    return [
        (arm.name, arm.mean, reported.mean, reported.deviation, len(reported.scores), mark.get(arm.name))
        for arm, reported in zip(best.chosen, best.reported, strict=True)
    ]


def _facts(best: BestArm) -> dict[str, Any]:
    """Return the chosen arm of a task and its scores for ``--json``."""
    chosen, reported = best.chosen_by, best.reported_on
    return {
        "task": best.task,
        "arm": best.arm,
        "config": chosen.arm.config,
        "metric": reported.metric,
        "split": reported.split,
        "apart": best.apart,
        "chosen": _figures(chosen),
        "reported": _figures(reported),
        # The former name of "reported", for scripts that read it.
        "told": _figures(reported),
        "caption": best.caption,
        "tied": list(best.tied),
        "verdict": best.verdict,
    }


def _figures(arm: ArmResult) -> dict[str, Any]:
    """Return the scores of an arm for ``--json``."""
    return {
        "examples": arm.examples,
        "seeds": arm.seeds,
        "scores": arm.scores,
        "mean": arm.mean,
        "deviation": arm.deviation,
    }
