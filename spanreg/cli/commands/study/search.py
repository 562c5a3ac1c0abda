"""Search for a good setting, and run it beside the arms of the study."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from spanreg.cli.commands.study.runs import end_facts, make_runs, print_end
from spanreg.cli.options.study_arguments import (
    add_json_argument,
    add_run_arguments,
    add_study_arguments,
    build_executor,
    plan_file,
    request_of,
    require_folder,
)
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell, watching_trials

if TYPE_CHECKING:
    from spanreg.studies.search.search import Found


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_study_arguments(parser)
    add_run_arguments(parser)
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    from spanreg.studies.search.search import search_setting

    folder = require_folder(arguments.folder)
    plan = plan_file(arguments.target, arguments, many=arguments.yes)
    executor, asked = build_executor(arguments.executor, arguments.jobs), request_of(arguments.target, arguments)
    wanted = plan.study.search.trials if plan.study.search else 0
    with watching_trials(wanted) as watch:
        found = search_setting(plan, folder, executor, asked, watch=watch)
    if not arguments.json:
        _print_trials(found)
    end = make_runs(plan, folder, executor, asked, update=arguments.update)
    if arguments.json:
        trials = [asdict(trial) for trial in found.trials]
        print_json({"trials": trials, "best": asdict(found.best), **end_facts(end)})
    else:
        print_end(end, folder)
    return 1 if end.failed else 0


def _print_trials(found: Found) -> None:
    keys = list(found.best.setting)
    rows = [
        (trial.number, *(spell(trial.setting.get(key)) for key in keys), spell(trial.value), trial.state)
        for trial in found.trials
    ]
    print_table(("trial", *keys, "score", "state"), rows)
    # The highest of many scores overestimates: see docs/statistics.md.
    print_line(f"best: trial {found.best.number}; it was chosen by this score, so only the runs with other seeds count")
