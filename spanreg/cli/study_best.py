"""``spanreg study best``: the arm to choose, by examples kept for choosing, and its figure on the others."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from spanreg.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from spanreg.studies.best import Best
    from spanreg.studies.results import ArmResult


def run(arguments: Namespace) -> int:
    """Runs the command and gives its exit code."""
    from spanreg.studies.best import best_arm
    from spanreg.studies.folder import StudyFolder

    best = best_arm(StudyFolder(arguments.target))
    if arguments.json:
        print_json(_facts(best))
        return 0
    mark = {best.arm: "chosen"}
    rows = [
        (arm.name, arm.mean, told.mean, told.deviation, len(told.scores), mark.get(arm.name))
        for arm, told in zip(best.chosen.arms, best.reported.arms, strict=True)
    ]
    print_table(("arm", "to choose by", "told", "± seeds", "seeds", ""), rows)
    print_line(f"{best.arm}: {best.caption}")
    return 0


def _facts(best: Best) -> dict[str, Any]:
    chosen, told = best.chosen.arm(best.arm), best.reported.arm(best.arm)
    return {
        "arm": best.arm,
        "config": chosen.arm.config,
        "metric": best.reported.metric,
        "split": best.reported.split,
        "apart": best.apart,
        "chosen": {"examples": best.chosen.examples, **_figures(chosen)},
        "told": {"examples": best.reported.examples, **_figures(told)},
        "caption": best.caption,
    }


def _figures(arm: ArmResult) -> dict[str, Any]:
    return {"seeds": arm.seeds, "scores": arm.scores, "mean": arm.mean, "deviation": arm.deviation}
