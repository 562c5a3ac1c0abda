"""Progress bars of notebooks and terminals, for work that was started from Python."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import datasets
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.utils import logging as transformers_logging

from spanreg.executors.base import Outcome
from spanreg.studies.execute.record import StudyRecord


def wants_progress(asked: bool | None) -> bool:
    """Return whether to show bars.

    Args:
        asked: the caller's choice; None: show them in notebooks and on terminals.
    """
    # Python has no ``stderr`` in a process that was started with the stream closed, or without a console on Windows.
    return asked if asked is not None else in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    # IPython is not imported to ask: a process without it cannot be a kernel.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def progress_bar(total: int | None, name: str) -> Any:
    """Return a bar of tqdm: a widget in a notebook that has widgets, otherwise text."""
    with warnings.catch_warnings():
        # A notebook without widgets gets the bar as text, which needs no advice.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        return tqdm(total=total, desc=name)


class TrainingBar(TrainerCallback):
    """Progress bar of a training, with its loss.

    ``Trainer(..., callbacks=[TrainingBar()])``
    """

    def __init__(self) -> None:
        self._bar: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        # With several processes, each has this callback, and only the first one shows a bar.
        if state.is_world_process_zero:
            self._bar = progress_bar(state.max_steps, "training")
            self._bar.update(state.global_step)  # a resumed run begins at the step of its checkpoint

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if self._bar is not None:
            self._bar.update(state.global_step - self._bar.n)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if self._bar is not None and logs and "loss" in logs:
            self._bar.set_postfix(loss=f"{logs['loss']:.4f}")

    def close(self) -> None:
        """Close the bar; needed after an error as well, which skips ``on_train_end``."""
        if self._bar is not None:
            self._bar.close()


class StudyBar:
    """Progress bar of a study: one step for each run that ends; a callback for ``run_study``.

    ``run_study(plan, folder, executor, request, watch=StudyBar())``
    """

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, record: StudyRecord, outcomes: Sequence[Outcome]) -> None:
        # The number of runs is known only when the study's record exists.
        runs = len(record.unique_runs())
        if self._bar is None:
            self._bar = progress_bar(runs, record.name)
        elif self._bar.total != runs:
            # The study has added seeds. Only reset() changes the length of a notebook's bar.
            done = self._bar.n
            self._bar.reset(runs)
            self._bar.update(done)
        if outcomes:
            self._bar.set_postfix_str(outcomes[-1].call.name)
            self._bar.update(1)

    def close(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def quiet_bars() -> Iterator[None]:
    """Hide the bars of datasets and transformers within the block."""
    # Their state is global: a user who has other work in the same process keeps their bars.
    had_datasets = not datasets.are_progress_bars_disabled()
    had_transformers = transformers_logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if had_datasets:
            datasets.enable_progress_bars()
        if had_transformers:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
