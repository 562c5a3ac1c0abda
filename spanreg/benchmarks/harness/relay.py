"""Training runs that take turns: each pauses while another one runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments


@dataclass(slots=True)
class RelayRunner:
    """A Trainer that trains one block of steps per call.

    ``with relay({"ours": RelayRunner(trainer, block=20)}) as runners: runners["ours"]()``

    The Trainer runs in a thread that waits between blocks, so the run is an ordinary one: one optimizer, one schedule,
    one pass over the data.

    Parameters:
        trainer: an untrained Trainer, whose number of steps is a multiple of ``block``.
        block: steps per call.
        train: starts the training; default: ``trainer.train``.
    """

    trainer: Trainer
    block: int
    train: Callable[[], object] | None = None
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _error: BaseException | None = None
    _given_up: bool = False
    _thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Run one block.

        Raises:
            Exception: the exception of the training.
        """
        if self._thread is None:
            self.trainer.add_callback(_Stops(self))
            # A daemon: an interrupted benchmark must not wait for a paused training.
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._go.release()
        self._stopped.acquire()
        if self._error is not None:
            raise self._error

    def pause(self) -> bool:
        """Wait in the training thread for the next call; return whether training continues."""
        self._stopped.release()
        self._go.acquire()
        return not self._given_up

    def close(self) -> None:
        """Stop the thread."""
        self._given_up = True
        if self._thread is not None:
            self._go.release()
            self._thread.join()

    def _run(self) -> None:
        """Train in the thread of the runner."""
        self._go.acquire()
        try:
            (self.train or self.trainer.train)()
        except BaseException as error:
            # Raised by the call that waits for this block.
            self._error = error
        finally:
            self._stopped.release()


class _Stops(TrainerCallback):
    def __init__(self, runner: RelayRunner) -> None:
        self.runner = runner

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        if state.global_step % self.runner.block == 0:
            # GPU work is asynchronous; without a wait it would be measured in the next contestant's turn.
            if args.device.type == "cuda":
                torch.cuda.synchronize()
            # The Trainer itself sets the flag at its last step.
            control.should_training_stop |= not self.runner.pause()
        return control


@contextmanager
def relay(runners: Mapping[str, RelayRunner]) -> Iterator[Mapping[str, RelayRunner]]:
    """Stop all threads after the block, also after an exception."""
    try:
        yield runners
    finally:
        for runner in runners.values():
            runner.close()
