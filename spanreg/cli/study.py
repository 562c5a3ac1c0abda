"""Ablation studies: say what will be run, run it, see how far it is, choose a setting."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from spanreg.cli.config_arguments import add_config_arguments

_ACTIONS = {
    "plan": "FILE: check all arms, and say what would be run",
    "run": "FILE -s DIR: make what is not finished yet",
    "search": "FILE -s DIR: try settings, and run the best beside the arms",
    "status": "DIR: how far the runs are, and what has changed since they were made",
    "best": "DIR: the arm to choose, and its figure on other examples",
}
"Each is a module ``spanreg.cli.study_ACTION`` with a function ``run``."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    actions = "; ".join(f"{name} {does}" for name, does in _ACTIONS.items())
    parser.add_argument("action", choices=_ACTIONS, metavar="ACTION", help=actions)
    parser.add_argument("target", type=Path, metavar="FILE|DIR", help="the study file, or the study's folder")
    add_config_arguments(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="more than a thousand arms are meant")
    parser.add_argument("--json", action="store_true", help="print JSON")
    plan = parser.add_argument_group("plan")
    plan.add_argument("--measure", action="store_true", help="build every arm: weights, time, and spans that are equal")
    run = parser.add_argument_group("run, search")
    run.add_argument("-s", "--folder", type=Path, metavar="DIR", help="the study's folder")
    run.add_argument(
        "--executor",
        default="local",
        metavar="NAME|JSON",
        help="where: local, ray, slurm, or with options: {type: 'slurm', minutes: 90} (default: local)",
    )
    run.add_argument("--jobs", type=int, metavar="N", help="so many at a time (default: 1)")
    run.add_argument("--update", action="store_true", help="make runs again that are out of date")
    status = parser.add_argument_group("status")
    status.add_argument("--against", type=Path, metavar="FILE", help="tell of changes of this study file, too")


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    code: int = import_module(f"spanreg.cli.study_{arguments.action}").run(arguments)
    return code
