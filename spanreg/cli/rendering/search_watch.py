"""Show the trials of a search while it runs: a live table on a terminal, otherwise one line per trial."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.rendering.output import live, shows_progress
from spanreg.text.display import rich_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spanreg.studies.search.search import TrialObserver
    from spanreg.studies.search.trials import SearchTrial

logger = logging.getLogger(__name__)

RUNNING = "running"


@contextmanager
def watching_trials(wanted: int) -> Iterator[TrialObserver]:
    """Yield a callback for ``search_setting`` that shows the trials; a live table is removed after the block.

    Args:
        wanted: number of trials.
    """
    drawn = shows_progress()
    seen: list[SearchTrial] = []
    folder = Path()
    # None until the first call: trials of an earlier search of this folder are not reported again.
    reported: set[int] | None = None

    def show(below: Path, trials: list[SearchTrial]) -> None:
        nonlocal seen, folder, reported
        seen, folder = trials, below
        ended = {trial.number for trial in trials if trial.state != RUNNING}
        if reported is not None and not drawn:
            for trial in trials:
                if trial.number in ended - reported:
                    logger.info("%s", trial_line(trial, trials, wanted))
        reported = ended

    with live(lambda: trials_table(seen, folder, wanted)) if drawn else nullcontext():
        yield show


def trial_line(trial: SearchTrial, trials: Sequence[SearchTrial], wanted: int) -> str:
    """Return a line about a trial that has ended."""
    figure = "" if trial.value is None else f", {trial.value:.4g}"
    problem = f": {trial.problem}" if trial.problem else ""
    setting = ", ".join(f"{key}={spell_value(value)}" for key, value in trial.setting.items())
    return f"trial {trial.number} {trial.state}{figure} ({setting}){problem}; {_ended(trials)} of {wanted}"


def trials_table(trials: Sequence[SearchTrial], folder: Path, wanted: int) -> RenderableType:
    """Return a table of all trials, with the steps of running ones."""
    from rich.table import Table

    from spanreg.studies.execute.progress import read_progress

    keys = list(dict.fromkeys(key for trial in trials for key in trial.setting))
    title = f"search: {_ended(trials)} of {wanted} trials"
    drawn = Table(title=title, title_justify="left", highlight=False)
    for column in ("trial", *keys, "score", "state", "step", "problem"):
        drawn.add_column(rich_text(column), overflow="fold")
    for trial in trials:
        progress = read_progress(folder / trial.folder) if trial.state == RUNNING and trial.folder else None
        steps = f"{progress.step}/{progress.steps}" if progress else ""
        cells = (spell_value(trial.setting.get(key)) for key in keys)
        row = (str(trial.number), *cells, spell_value(trial.value), trial.state, steps, trial.problem)
        drawn.add_row(*map(rich_text, row))
    return drawn


def spell_value(value: object) -> str:
    """Return a setting or a score to four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _ended(trials: Sequence[SearchTrial]) -> int:
    return sum(trial.state != RUNNING for trial in trials)
