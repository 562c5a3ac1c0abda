"""What a run says of itself in the log, and the end of its callbacks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.training.evaluation.split_evaluation import Evaluated, write_evaluation
from spanreg.training.loop.processes import is_main_process

logger = logging.getLogger(__name__)


class LogLines(TrainerCallback):
    """One line of the log at every logged step, at the end of every epoch and at every evaluation."""

    def __init__(self) -> None:
        self.started = 0.0
        self.first = 0
        "Steps that were made before this session."

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.started, self.first = time.perf_counter(), state.global_step
        logger.info("training for %d steps", state.max_steps)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        # So that a short run has a loss to show, too; a step that was logged already is not logged twice.
        control.should_log = True
        return control

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        logs = logs or {}
        where = f"step {state.global_step}/{state.max_steps}, epoch {state.epoch or 0:.2f}"
        figures = {name.removeprefix("eval_"): figure for name, figure in logs.items() if name.startswith("eval_")}
        if figures:
            logger.info("%s: %s", where, ", ".join(f"{name} {figure:.4f}" for name, figure in figures.items()))
        elif "loss" in logs:
            made, missing = state.global_step - self.first, state.max_steps - state.global_step
            left = (time.perf_counter() - self.started) * missing / max(made, 1)
            logger.info(
                "%s: loss %.4f, learning rate %.2e, %d s left", where, logs["loss"], logs.get("learning_rate", 0), left
            )


class EvaluationPredictions(TrainerCallback):
    """Writes the predictions of every evaluation, from which a report computes what selecting a checkpoint does.

    Parameters:
        latest: gives the results of the evaluation that was just made, by split; those without gold labels are left
            out.
        path_of: gives the file of a split and step.
    """

    def __init__(self, latest: Callable[[], Mapping[str, Evaluated]], path_of: Callable[[str, int], Path]) -> None:
        self.latest = latest
        self.path_of = path_of

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if is_main_process():
            for split, result in self.latest().items():
                if result.labels is not None:
                    write_evaluation(self.path_of(split, state.global_step), result)


@contextmanager
def closed_after(callbacks: Sequence[Callback]) -> Iterator[None]:
    """Closes the callbacks when the block ends, and tells them whether it failed."""
    failed = True
    try:
        yield
        failed = False
    finally:
        for callback in callbacks:
            callback.close(failed)
