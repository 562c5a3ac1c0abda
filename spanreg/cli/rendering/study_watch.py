"""Show the runs of a study while it runs: a live table on a terminal, otherwise one line per run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.rendering.output import live, shows_progress
from spanreg.text.display import rich_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spanreg.executors.base import Outcome
    from spanreg.studies.execute.record import PlannedRun, StudyRecord
    from spanreg.studies.execute.run import RunObserver, StudyOutcome
    from spanreg.studies.execute.watch import StudySnapshot, StudyWatcher

logger = logging.getLogger(__name__)

_MOST_WAITING = 3
"Waiting runs that the table shows; a study may have hundreds."


@contextmanager
def watching(folder: Path) -> Iterator[RunObserver]:
    """Yield a callback for ``run_study`` that shows the runs; a live table is removed after the block."""
    watch: StudyWatcher | None = None
    # A stack, since the live table is opened later, by the first call of ``show``.
    with ExitStack() as shown:

        def show(record: StudyRecord, outcomes: Sequence[Outcome]) -> None:
            nonlocal watch
            # Made at the first call: before, a new study has no record in its folder.
            if watch is None:
                watch = _begin(folder, record, shown)
            if outcomes and not shows_progress():
                logger.info("%s", run_line(outcomes, watch.look()))

        yield show


def _begin(folder: Path, record: StudyRecord, shown: ExitStack) -> StudyWatcher:
    """Return a watcher of a study, and show its table on a terminal."""
    from spanreg.studies.execute.folder import StudyReader
    from spanreg.studies.execute.watch import StudyWatcher

    watch = StudyWatcher(StudyReader(folder), record)
    if shows_progress():
        shown.enter_context(live(lambda: runs_table(record.name, watch.look())))
    return watch


def run_line(outcomes: Sequence[Outcome], glance: StudySnapshot) -> str:
    """Return a line about the run that ended last."""
    last = outcomes[-1]
    # Mistakes in the config are reported once, after all runs (``failures``).
    why = f": {last.problem}" if last.failed and not last.final else ""
    return f"{'failed' if last.failed else 'finished'}: {last.call.name}{why} ({summary(glance)})"


def failures(end: StudyOutcome) -> Iterator[str]:
    """Yield one line per unfinished run; runs with the same mistake in their config share a line."""
    shared: dict[str, dict[str, list[str]]] = {}
    for run, problem in end.failed:
        if problem in end.mistakes:
            shared.setdefault(problem, {}).setdefault(run.arm, []).append(seed_of(run))
        else:
            yield f"not finished: {run.name}: {problem}"
    for problem, arms in shared.items():
        runs = (f"{arm}, seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}" for arm, seeds in arms.items())
        yield f"not finished: {'; '.join(runs)}: {problem}"


def summary(glance: StudySnapshot) -> str:
    """Return the number of runs by state: ``3 finished, 2 running, 6 waiting; 12 min left``."""
    from spanreg.studies.execute.progress import counts

    numbers = ", ".join(f"{number} {state}" for state, number in counts(glance.states).items())
    unfinished = glance.left is not None and glance.left > 0
    return f"{numbers}; {spell_time(glance.left or 0)} left" if unfinished else numbers


def runs_table(name: str, glance: StudySnapshot) -> RenderableType:
    """Return a table of running and failed runs, and of the next waiting ones."""
    from rich.table import Table

    from spanreg.studies.execute.progress import FINISHED, WAITING

    drawn = Table(title=rich_text(f"{name}: {summary(glance)}"), title_justify="left", highlight=False)
    for column in ("arm", "seed", "state", "step", "loss", "steps/s", "problem"):
        drawn.add_column(column, overflow="fold")
    waiting = [state for state in glance.states if state.state == WAITING]
    shown = [state for state in glance.states if state.state not in (FINISHED, WAITING)]
    for state in (*shown, *waiting[:_MOST_WAITING]):
        progress, rate = state.progress, glance.rates.get(state.run.id)
        cells = (
            state.run.arm,
            seed_of(state.run),
            state.state,
            f"{progress.step}/{progress.steps}" if progress else "",
            f"{progress.loss:.4f}" if progress and progress.loss is not None else "",
            f"{rate:.2f}" if rate else "",
            state.problem,
        )
        drawn.add_row(*map(rich_text, cells))
    if len(waiting) > _MOST_WAITING:
        drawn.caption = f"and {len(waiting) - _MOST_WAITING} more waiting"
    return drawn


def seed_of(run: PlannedRun) -> str:
    """Return the seed of a run, with its fold if it has one: ``3, fold 0``."""
    return str(run.seed) if run.fold is None else f"{run.seed}, fold {run.fold}"


def spell_time(seconds: float) -> str:
    """Return a duration in words: ``40 s``, ``12 min``, ``3 h 05 min``."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
