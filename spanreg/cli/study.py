"""Ablation studies: say what will be run, run it, see how far it is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.config_arguments import add_config_arguments
from spanreg.cli.output import print_json, print_line, print_table
from spanreg.cli.study_arguments import read_plan
from spanreg.registry import ConfigurationError

if TYPE_CHECKING:
    from spanreg.executors.base import Executor
    from spanreg.studies.plan import StudyPlan
    from spanreg.studies.run import Asked, StudyEnd

_ACTIONS = ("plan", "run", "status")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "action", choices=_ACTIONS, metavar="ACTION", help="plan FILE: check all arms; run FILE -s DIR; status DIR"
    )
    parser.add_argument("target", type=Path, metavar="FILE|DIR", help="the study file; for status the study's folder")
    add_config_arguments(parser)
    parser.add_argument("-s", "--folder", type=Path, metavar="DIR", help="run: the study's folder")
    parser.add_argument("--executor", default="local", metavar="NAME", help="run: where (default: local)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="run: so many at a time (default: 1)")
    parser.add_argument("--update", action="store_true", help="run: make runs again that are out of date")
    parser.add_argument("-y", "--yes", action="store_true", help="more than a thousand arms are meant")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    return {"plan": _plan, "run": _run, "status": _status}[arguments.action](arguments)


def _plan(arguments: argparse.Namespace) -> int:
    plan = read_plan(arguments)
    if arguments.json:
        print_json(_plan_facts(plan))
        return 0
    rows = [(arm.name, ", ".join(map(str, arm.seeds)), "\n".join(_differences(arm))) for arm in plan.arms]
    print_table(("arm", "seeds", "against the base"), rows)
    print_line(f"{len(plan.arms)} arms, {len(plan.runs)} runs; compared with '{plan.baseline}'")
    for first, second in plan.same:
        print_line(f"'{second}' is the same config as '{first}': it shares its runs, and says nothing new")
    return 0


def _differences(arm: Any) -> list[str]:
    """What an arm changes; the keys that it only lost with a swapped component are told as that."""
    lost = {dropped.path for dropped in arm.dropped}
    return [change for change in arm.changes if change.partition(":")[0] not in lost] + list(map(str, arm.dropped))


def _plan_facts(plan: StudyPlan) -> dict[str, Any]:
    arms = [
        {
            "name": arm.name,
            "seeds": list(arm.seeds),
            "tags": list(arm.tags),
            "changes": list(arm.changes),
            "dropped": [dropped.path for dropped in arm.dropped],
            "config": arm.config,
        }
        for arm in plan.arms
    ]
    runs = [{"arm": run.arm, "seed": run.seed} for run in plan.runs]
    return {"baseline": plan.baseline, "arms": arms, "runs": runs, "same": [list(pair) for pair in plan.same]}


def _run(arguments: argparse.Namespace) -> int:
    from spanreg.studies.run import run_study

    if arguments.folder is None:
        raise ConfigurationError("a study needs a folder to run in", path="-s", hint="name one: -s DIR")
    plan = read_plan(arguments)
    executor, asked = _executor(arguments), _asked(arguments)
    end = run_study(plan, arguments.folder, executor, asked, update=arguments.update, watch=_watch(arguments))
    if arguments.json:
        failed = [{"arm": run.arm, "seed": run.seed, "problem": problem} for run, problem in end.failed]
        print_json({"made": end.made, "there": end.there, "failed": failed})
    else:
        _tell(end, arguments.folder)
    return 1 if end.failed else 0


def _tell(end: StudyEnd, folder: Path) -> None:
    print_line(f"{end.made} runs made, {end.there} were there; everything is in {folder}")
    for run, problem in end.failed:
        print_line(f"not finished: {run.arm}, seed {run.seed}: {problem}")


def _executor(arguments: argparse.Namespace) -> Executor:
    from spanreg.executors.base import Executor

    given = {"type": arguments.executor, "jobs": arguments.jobs}
    executor: Executor = Executor.from_params(given)
    return executor


def _asked(arguments: argparse.Namespace) -> Asked:
    from spanreg.studies.run import Asked

    source = arguments.target.read_text(encoding="utf-8")
    return Asked(arguments.target.stem, source, arguments.include_package, arguments.argv)


def _watch(arguments: argparse.Namespace) -> Any:
    def tell(record: Any, outcomes: Any) -> None:
        return None

    return tell


def _status(arguments: argparse.Namespace) -> int:
    from spanreg.studies.folder import StudyFolder
    from spanreg.studies.progress import counts, run_states

    folder = StudyFolder(arguments.target)
    record = folder.read()
    states = run_states(folder, record)
    if arguments.json:
        runs = [
            {"arm": one.run.arm, "seed": one.run.seed, "state": one.state, "problem": one.problem} for one in states
        ]
        print_json({"name": record.name, "counts": counts(states), "runs": runs})
        return 0
    rows = [(one.run.arm, one.run.seed, one.state, _how_far(one), one.problem) for one in states]
    print_table(("arm", "seed", "state", "step", "problem"), rows)
    print_line(", ".join(f"{number} {state}" for state, number in counts(states).items()))
    return 0


def _how_far(state: Any) -> str:
    return f"{state.progress.step}/{state.progress.steps}" if state.progress else ""
