"""Search for a good setting, and run it beside the arms of the study."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from spanreg.cli.commands.study.runs import end_facts, make_runs, print_end
from spanreg.cli.options.study_arguments import add_run_arguments, read_run_arguments
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell, watching_trials

if TYPE_CHECKING:
    from spanreg.studies.search.search import SearchResult


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    from spanreg.studies.search.search import search_setting

    given = read_run_arguments(arguments)
    space = given.plan.study.search
    with watching_trials(space.trials if space else 0) as watch:
        found = search_setting(given.plan, given.folder, given.executor, given.asked, watch=watch)
    if not arguments.json:
        _print_trials(found)
    end = make_runs(given)
    if arguments.json:
        trials = [asdict(trial) for trial in found.trials]
        print_json({"trials": trials, "best": asdict(found.best), **end_facts(end)})
    else:
        print_end(end, given.folder)
    return 1 if end.failed else 0


def _print_trials(found: SearchResult) -> None:
    keys = list(found.best.setting)
    rows = [
        (trial.number, *(spell(trial.setting.get(key)) for key in keys), spell(trial.value), trial.state)
        for trial in found.trials
    ]
    print_table(("trial", *keys, "score", "state"), rows)
    # The highest of many scores overestimates: see docs/explanation/statistics.md.
    print_line(f"best: trial {found.best.number}; it was chosen by this score, so only the runs with other seeds count")
