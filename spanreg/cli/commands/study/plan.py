"""Check every arm of a study, and show what would be run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from spanreg.cli.commands.study.measured import measured_facts, print_measured
from spanreg.cli.options.command_parser import add_json_argument
from spanreg.cli.options.study_arguments import add_study_arguments, plan_file
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError
from spanreg.studies.define.spaces.search_space import plain_space
from spanreg.studies.define.spaces.searched import searched_arms
from spanreg.studies.execute.matching import with_matched_sizes

if TYPE_CHECKING:
    from spanreg.studies.define.plan import StudyPlan
    from spanreg.studies.execute.measure import StudyCost


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_study_arguments(parser)
    parser.add_argument(
        "--measure",
        action="store_true",
        help="build every arm, and show its parameters, its time, and arms with equal spans",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="with --measure: number of concurrent runs to plan for (default: 1)"
    )
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    jobs = _jobs(arguments)
    plan = with_matched_sizes(plan_file(arguments.target, arguments, many=arguments.yes))
    measured = _measured(plan, jobs) if arguments.measure else None
    if arguments.json:
        print_json({**_facts(plan), **({"measured": measured_facts(measured)} if measured else {})})
        return 0
    rows = [(arm.name, ", ".join(map(str, arm.seeds)), "\n".join(arm.differences)) for arm in plan.arms]
    print_table(("arm", "seeds", "against the base"), rows)
    print_line(plan.summary)
    # Reported, not rejected: its runs are shared, so that it costs nothing.
    for first, second in plan.same:
        print_line(f"'{second}' has the same config as '{first}': it shares its runs and adds no result")
    for arm in plan.arms:
        if arm.match:
            print_line(f"'{arm.name}' matched in size: {arm.match}")
    _print_search(plan)
    if measured:
        print_measured(measured, plan, jobs)
    return 0


def _print_search(plan: StudyPlan) -> None:
    """Print what a search tunes, with its budget."""
    search = plan.study.search
    if search is None:
        return
    print_line(f"search: {search.trials} trials for {'each arm' if search.each_arm else 'the base'}")
    for arm in searched_arms(plan.study, plan.arms):
        print_line(f"  {arm.name}: {', '.join(search.space_for(arm.config))}")


def _search_facts(plan: StudyPlan) -> dict[str, Any] | None:
    """Return what a search tunes for ``--json``, or None without a search."""
    search = plan.study.search
    if search is None:
        return None
    arms = searched_arms(plan.study, plan.arms)
    spaces = {arm.name: plain_space(search.space_for(arm.config)) for arm in arms}
    return {"each_arm": search.each_arm, "trials": search.trials, "spaces": spaces}


def _jobs(arguments: Namespace) -> int:
    """Return the number of concurrent runs to plan for.

    Raises:
        ConfigurationError: ``--jobs`` is below 1, or is given without ``--measure``.
    """
    if arguments.jobs is None:
        return 1
    if not arguments.measure:
        raise ConfigurationError("has no effect without --measure", path="--jobs", hint="add --measure, or remove it")
    if arguments.jobs < 1:
        raise ConfigurationError(f"is {arguments.jobs}", path="--jobs", hint="give 1 or more")
    return int(arguments.jobs)


def _measured(plan: StudyPlan, jobs: int) -> StudyCost:
    from spanreg.studies.execute.measure import measure
    from spanreg.training.loop.quiet import quiet_libraries

    quiet_libraries()
    return measure(plan, jobs=jobs)


def _facts(plan: StudyPlan) -> dict[str, Any]:
    """Return arms, runs and search of a plan for ``--json``."""
    arms = [
        {
            "name": arm.name,
            "seeds": list(arm.seeds),
            "tags": list(arm.tags),
            "changes": list(arm.changes),
            "dropped": [dropped.path for dropped in arm.dropped],
            "match": asdict(arm.match) if arm.match else None,
            "config": arm.config,
        }
        for arm in plan.arms
    ]
    runs = [{"arm": run.arm, "seed": run.seed, "fold": run.fold} for run in plan.runs]
    return {
        "baseline": plan.baseline,
        "arms": arms,
        "runs": runs,
        "same": [list(pair) for pair in plan.same],
        "search": _search_facts(plan),
    }
