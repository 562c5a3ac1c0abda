"""Estimate how many seeds a study needs, from the runs of a pilot."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from spanreg.cli.options.command_parser import add_include_argument, add_json_argument
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import include_packages


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", type=Path, metavar="DIR", help="folder or pack of a study with at least 3 seeds")
    parser.add_argument(
        "--difference",
        type=float,
        required=True,
        metavar="POINTS",
        help="the true difference to find, in the unit of the report",
    )
    parser.add_argument("--power", type=float, default=0.8, metavar="SHARE", help="chance to find it (default: 0.8)")
    add_json_argument(parser)
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.analyse.power import require_in_range, seed_plans
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study

    require_in_range(arguments.difference, arguments.power)
    include_packages(arguments.include_package)
    with opened_study(arguments.target) as folder:
        # Without the comparisons of a report, of which the plan needs none.
        plans = seed_plans(read_results(folder, compared=False), arguments.difference, arguments.power)
    if arguments.json:
        asked = {"difference": arguments.difference, "power": arguments.power}
        print_json({**asked, "arms": [asdict(plan) for plan in plans]})
        return 0
    rows = [(plan.arm, plan.against, plan.pilot, plan.power, plan.seeds, plan.cautious, plan.problem) for plan in plans]
    print_table(("arm", "against", "seeds so far", "power so far", "seeds needed", "cautious", "note"), rows)
    print_line(
        f"Seeds for a star with a probability of {arguments.power:.0%} if the true difference is "
        f"{arguments.difference:g}, with these examples and the correction for {len(plans)} "
        f"arm{'' if len(plans) == 1 else 's'}. Cautious: the variance of the seeds is as large as the pilot allows."
    )
    return 0
