"""Search for a good setting of the base or of each arm, and run it together with the arms of the study."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from spanreg.cli.commands.study.runs import end_facts, make_runs, print_end
from spanreg.cli.options.study_arguments import add_run_arguments, read_run_arguments
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell_value, watching_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spanreg.studies.search.search import SearchResult


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    from spanreg.studies.search.search import search_setting, tune_arms

    invocation = read_run_arguments(arguments)
    show: Callable[[], None]
    search = invocation.plan.study.search
    inputs = (invocation.plan, invocation.folder, invocation.executor, invocation.request)
    # A study without a search is reported by ``search_setting``.
    with watching_trials(search.trials if search else 0) as watch:
        if search and search.each_arm:
            by_arm = tune_arms(*inputs, watch=watch)
            found: dict[str, Any] = {"arms": {arm: _facts(result) for arm, result in by_arm.items()}}
            show = partial(_print_tuned, by_arm)
        else:
            one = search_setting(*inputs, watch=watch)
            found, show = _facts(one), partial(_print_trials, one)
    # Shown before the runs, which take much longer than it takes to read them.
    if not arguments.json:
        show()
    end = make_runs(invocation)
    if arguments.json:
        print_json({**found, **end_facts(end)})
    else:
        print_end(end, invocation.folder)
    return 1 if end.failed else 0


def _facts(result: SearchResult) -> dict[str, Any]:
    return {"trials": [asdict(trial) for trial in result.trials], "best": asdict(result.best)}


def _print_trials(result: SearchResult) -> None:
    """Print the trials of one search."""
    keys = list(result.best.setting)
    rows = [
        (trial.number, *(spell_value(trial.setting.get(key)) for key in keys), spell_value(trial.value), trial.state)
        for trial in result.trials
    ]
    print_table(("trial", *keys, "score", "state"), rows)
    # The highest of many scores overestimates: see docs/explanation/statistics.md.
    print_line(
        f"best: trial {result.best.number}; it was chosen by this score, so only the runs with other seeds count"
    )


def _print_tuned(results: Mapping[str, SearchResult]) -> None:
    """Print the best setting of each arm."""
    rows = [
        (arm, len(one.trials), one.best.number, spell_value(one.best.value), _spelt(one.best.setting))
        for arm, one in results.items()
    ]
    print_table(("arm", "trials", "best", "score", "setting"), rows)
    print_line("each score chose its setting, so only the runs with other seeds count")


def _spelt(setting: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={spell_value(value)}" for key, value in setting.items())
