"""Show what ``spanreg study plan --measure`` found: parameters, time, what arms share, and arms with equal spans."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from spanreg.cli.rendering.output import print_line, print_table
from spanreg.cli.rendering.study_watch import spell_time

if TYPE_CHECKING:
    from spanreg.studies.define.plan import StudyPlan
    from spanreg.studies.execute.measure import StudyCost

_SHARED = {"dictionary": "one dictionary", "prepared": "prepared data", "model": "the shape of the model"}


def measured_facts(measured: StudyCost) -> dict[str, Any]:
    """Return the measurements for ``--json``; times are in seconds."""
    return {
        "arms": [{**asdict(arm), "seconds": arm.seconds} for arm in measured.arms],
        "seconds": measured.seconds,
        "shared": {name: measured.sharing(name) for name in _SHARED},
        "same_spans": measured.same_spans,
    }


def print_measured(measured: StudyCost, plan: StudyPlan, jobs: int = 1) -> None:
    """Print a table of the arms, and what they have in common."""
    # Parameters are compared with those of the baseline, as scores are.
    base = next(arm for arm in measured.arms if arm.arm == plan.baseline)
    rows = [
        (
            arm.arm,
            f"{arm.parameters:,}",
            f"{100 * (arm.parameters / base.parameters - 1):+.1f} %",
            f"{arm.trained:,}",
            arm.steps,
            f"{1000 * arm.step_seconds:.1f}",
            f"{arm.evaluations * arm.evaluation_seconds:.1f}",
            spell_time(arm.seconds),
        )
        for arm in measured.arms
    ]
    print_table(
        ("arm", "parameters", "vs. baseline", "trained", "steps", "ms/step", "s of evaluation", "time per run"), rows
    )
    total = sum(measured.runs.values())
    at_a_time = "one at a time" if jobs == 1 else f"{jobs} at a time"
    threads = f"{measured.threads} thread{'s' * (measured.threads > 1)}"
    print_line(f"about {spell_time(measured.seconds / jobs)} for {total} runs {at_a_time}, each with {threads}")
    for name, what in _SHARED.items():
        for group in measured.sharing(name):
            print_line(f"share {what}: {', '.join(group)}")
    for first, *others in measured.same_spans:
        for other in others:
            print_line(f"'{other}' segments all data exactly as '{first}' does: this difference has no effect")
