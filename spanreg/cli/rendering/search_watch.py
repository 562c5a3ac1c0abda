"""The trials of a search while they are made: a table that changes on a terminal, a line for each otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.rendering.output import live, shows_progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spanreg.studies.search.trials import Trial

logger = logging.getLogger(__name__)

RUNNING = "running"


@contextmanager
def watching_trials(wanted: int) -> Iterator[Callable[[Path, list[Trial]], None]]:
    """Gives what ``search_setting`` tells of its trials; what was shown on a terminal is gone when the block ends.

    Args:
        wanted: how many trials there will be.
    """
    drawn = shows_progress()
    seen: list[Trial] = []
    folder = Path()
    told: set[int] | None = None

    def tell(below: Path, trials: list[Trial]) -> None:
        nonlocal seen, folder, told
        seen, folder = trials, below
        ended = {trial.number for trial in trials if trial.state != RUNNING}
        if told is not None and not drawn:
            for trial in trials:
                if trial.number in ended - told:
                    logger.info("%s", line(trial, trials, wanted))
        told = ended

    with live(lambda: table(seen, folder, wanted)) if drawn else nullcontext():
        yield tell


def line(trial: Trial, trials: Sequence[Trial], wanted: int) -> str:
    """What became of one trial."""
    figure = "" if trial.value is None else f", {trial.value:.4g}"
    problem = f": {trial.problem}" if trial.problem else ""
    setting = ", ".join(f"{key}={spell(value)}" for key, value in trial.setting.items())
    return f"trial {trial.number} {trial.state}{figure} ({setting}){problem}; {_ended(trials)} of {wanted}"


def table(trials: Sequence[Trial], folder: Path, wanted: int) -> RenderableType:
    """Every trial so far, those at work with their steps."""
    from rich.table import Table

    from spanreg.studies.execute.progress import read_progress

    keys = list(dict.fromkeys(key for trial in trials for key in trial.setting))
    title = f"search: {_ended(trials)} of {wanted} trials"
    drawn = Table(title=title, title_justify="left", highlight=False)
    for column in ("trial", *keys, "figure", "state", "step", "problem"):
        drawn.add_column(column, overflow="fold")
    for trial in trials:
        progress = read_progress(folder / trial.folder) if trial.state == RUNNING and trial.folder else None
        steps = f"{progress.step}/{progress.steps}" if progress else ""
        cells = (spell(trial.setting.get(key)) for key in keys)
        drawn.add_row(str(trial.number), *cells, spell(trial.value), trial.state, steps, trial.problem)
    return drawn


def spell(value: object) -> str:
    """A value of a setting, or a figure, to four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _ended(trials: Sequence[Trial]) -> int:
    return sum(trial.state != RUNNING for trial in trials)
