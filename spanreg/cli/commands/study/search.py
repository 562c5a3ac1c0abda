"""``spanreg study search``: a good setting is searched, and run beside the study's arms."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from spanreg.cli.commands.study import run as study_run
from spanreg.cli.options.study_arguments import asked_of, folder_of, read_executor, read_plan
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell, watching_trials

if TYPE_CHECKING:
    from spanreg.studies.search.search import Found


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    study_run.add_arguments(parser)


def run(arguments: Namespace) -> int:
    """Runs the command and gives its exit code: 1 where a run is not finished."""
    from spanreg.studies.search.search import search_setting

    folder, plan = folder_of(arguments), read_plan(arguments)
    executor, asked = read_executor(arguments), asked_of(arguments)
    wanted = plan.study.search.trials if plan.study.search else 0
    with watching_trials(wanted) as watch:
        found = search_setting(plan, folder, executor, asked, watch=watch)
    if not arguments.json:
        _show(found)
    end = study_run.make(plan, arguments)
    if arguments.json:
        trials = [asdict(trial) for trial in found.trials]
        print_json({"trials": trials, "best": asdict(found.best), **study_run.facts(end)})
    else:
        study_run.tell(end, arguments)
    return 1 if end.failed else 0


def _show(found: Found) -> None:
    keys = list(found.best.setting)
    rows = [
        (trial.number, *(spell(trial.setting.get(key)) for key in keys), spell(trial.value), trial.state)
        for trial in found.trials
    ]
    print_table(("trial", *keys, "figure", "state"), rows)
    print_line(f"the best is trial {found.best.number}; its figure chose it, so only the runs under other seeds count")
