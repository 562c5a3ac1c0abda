"""Decide when checkpoints of a training are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.training.loop.processes import process_count

MINIMUM_KEPT = 2
"Checkpoints that a running training keeps at least: the latest, and the one before in case the latest is damaged."


class CheckpointCallback(TrainerCallback):
    """Decides when checkpoints are written, so that a resumed training equals one that was never stopped.

    A checkpoint at the last step of an epoch, or of the run, waits until the epoch's log line and evaluation are done:
    a resumed training starts with the next epoch and would skip them.

    ``trainer.add_callback(CheckpointCallback(trainer.set_epoch, trainer.is_interrupted))``

    Parameters:
        set_epoch: sets the epoch of the order of the examples.
        is_interrupted: returns whether the run has to stop.
    """

    def __init__(self, set_epoch: Callable[[int], None], is_interrupted: Callable[[], bool]) -> None:
        self.set_epoch = set_epoch
        self.is_interrupted = is_interrupted
        self.is_resumed = False
        "Whether the training starts from a checkpoint."
        self._epoch_ended = False
        self._waiting = False
        "Whether a checkpoint waits for the end of the epoch."

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self.is_resumed:
            # A checkpoint has the intervals of the earlier session's config; those of this one count.
            state.compute_steps(args, state.max_steps)  # type: ignore[no-untyped-call]

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._epoch_ended = self._waiting = False
        # accelerate does not set the epoch of the sampler when a training resumes within an epoch
        self.set_epoch(int(state.epoch or 0))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # Several processes must stop at the same step. They compare only at logged steps, where they wait for one
        # another anyway.
        if process_count() == 1 or state.global_step % state.logging_steps == 0:
            control.should_save |= self.is_interrupted()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._epoch_ended = True
        control.should_save |= self._waiting

    def must_wait(self, state: TrainerState, control: TrainerControl) -> bool:
        """Return whether a checkpoint has to wait for the end of the epoch, where it is then written."""
        # After the last step of an epoch, the epoch is a whole number; a run of `max_steps` may end within one.
        at_end = float(state.epoch or 0).is_integer() or control.should_training_stop
        self._waiting = at_end and not self._epoch_ended
        return self._waiting
