"""When a training writes checkpoints, and what of it goes into one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.storage import read_object, write_json
from spanreg.training.loop.checkpoints import progress_file
from spanreg.training.loop.processes import process_count

if TYPE_CHECKING:
    from spanreg.training.loop.trainer import SpanTrainer

HELD = 2
"Checkpoints that there are at least while a run goes on: the latest, and the one before should that be damaged."


class Flow(TrainerCallback):
    """Sees to it that a resumed training does what one that was never stopped does.

    A checkpoint at the last step of an epoch, or of the run, waits until the epoch's own log line and evaluation are
    done: they would be left out otherwise, since a resumed training begins with the next epoch.

    Parameters:
        trainer: whose training it is.
    """

    def __init__(self, trainer: SpanTrainer) -> None:
        self.trainer = trainer
        self.epoch_ended = False
        self.waiting = False
        "Whether a checkpoint waits for the end of the epoch."
        self.restored: dict[str, Any] | None = None
        "What ``restore`` read, for the moment when the Trainer has reset its sums."

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self.restored is not None:
            # a checkpoint remembers the cadences that it was written under
            state.compute_steps(args, state.max_steps)  # type: ignore[no-untyped-call]
            self.trainer.set_loss_sums(self.restored["loss"])

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.epoch_ended = self.waiting = False
        # accelerate does not reach the sampler of an epoch that is taken up in its middle
        self.trainer.set_epoch(int(state.epoch or 0))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # Several processes must stop at the same step; they compare notes where they wait for one another anyhow.
        if process_count() == 1 or state.global_step % state.logging_steps == 0:
            control.should_save |= self.trainer.is_interrupted()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.epoch_ended = True
        control.should_save |= self.waiting

    def must_wait(self) -> bool:
        """Whether a checkpoint has to wait for the end of the epoch; if so, it will be asked for then."""
        at_end = float(self.trainer.state.epoch or 0).is_integer() or self.trainer.control.should_training_stop
        self.waiting = at_end and not self.epoch_ended
        return self.waiting

    def save(self, folder: Path) -> None:
        """Writes what transformers' own checkpoint lacks."""
        trainer = self.trainer
        write_json(
            progress_file(folder, trainer.args.process_index),
            {
                **trainer.evaluations.state(),
                "examples": trainer.examples_seen,
                "seconds": trainer.clock.seconds,
                "loss": trainer.loss_sums(),
                "callbacks": [callback.state_dict() for callback in self._callbacks()],
            },
        )

    def restore(self, folder: Path) -> None:
        """Takes back what ``save`` wrote."""
        trainer = self.trainer
        own = progress_file(folder, trainer.args.process_index)
        self.restored = state = read_object(own if own.exists() else progress_file(folder))
        trainer.evaluations.restore(state)
        trainer.examples_seen = state["examples"]
        trainer.clock.seconds = state["seconds"]
        for callback, known in zip(self._callbacks(), state["callbacks"], strict=True):
            callback.load_state_dict(known)

    def _callbacks(self) -> list[Callback]:
        return list(self.trainer.options.callbacks)
