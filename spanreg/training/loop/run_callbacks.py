"""Callbacks of a run: log lines and predictions of evaluations; and closing the config's callbacks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.training.evaluation.split_evaluation import SplitEvaluation, write_evaluation
from spanreg.training.loop.processes import is_main_process

logger = logging.getLogger(__name__)


class LogLines(TrainerCallback):
    """Logs a line at every logged step, at the end of every epoch and at every evaluation.

    ``SpanTrainer(..., callbacks=[LogLines()])``
    """

    def __init__(self) -> None:
        self.started = 0.0
        self.earlier_steps = 0
        "Steps of earlier sessions, which took none of the time since the start."

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.started, self.earlier_steps = time.perf_counter(), state.global_step
        logger.info("training for %d steps", state.max_steps)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        # So that a short run shows a loss, too. The Trainer does not log a step twice.
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
            done, remaining = state.global_step - self.earlier_steps, state.max_steps - state.global_step
            left = (time.perf_counter() - self.started) * remaining / max(done, 1)
            logger.info(
                "%s: loss %.4f, learning rate %.2e, %d s left", where, logs["loss"], logs.get("learning_rate", 0), left
            )


class EvaluationPredictions(TrainerCallback):
    """Writes the predictions of every evaluation, from which a report estimates the bias of selecting a checkpoint.

    ``EvaluationPredictions(lambda: evaluator.latest, run.evaluation_of)``

    Parameters:
        latest: returns the results of the last evaluation, by split; splits without gold labels are skipped.
        path_of: returns the file of a split and step.
    """

    def __init__(
        self, latest: Callable[[], Mapping[str, SplitEvaluation]], path_of: Callable[[str, int], Path]
    ) -> None:
        self.latest = latest
        self.path_of = path_of

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # All processes evaluate, with the same results; one writes.
        if is_main_process():
            for split, result in self.latest().items():
                if result.labels is not None:
                    write_evaluation(self.path_of(split, state.global_step), result)


@contextmanager
def closed_after(callbacks: Sequence[Callback]) -> Iterator[None]:
    """Close the callbacks after the block; their argument is whether it failed."""
    # Set before the block, since an error leaves it without reaching the next line.
    failed = True
    try:
        yield
        failed = False
    finally:
        for callback in callbacks:
            callback.close(failed)
