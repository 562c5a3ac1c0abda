"""The state of a training that transformers' checkpoints lack."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from spanreg.callbacks.base import Callback
from spanreg.storage import read_object, write_json
from spanreg.training.evaluation.history import EvaluationHistory
from spanreg.training.loop.checkpoints import progress_file
from spanreg.training.loop.memory import PeakMemory
from spanreg.training.loop.step_log import StepLog


class TrainingClock:
    """Counts the seconds of a training without its evaluations and checkpoints, over all its sessions.

    ``with clock.running(): train()``
    """

    def __init__(self) -> None:
        self._counted = 0.0
        self._since: float | None = None
        "When it started; None while it is stopped."

    @property
    def seconds(self) -> float:
        """All seconds so far; set it to continue an earlier session."""
        return self._counted + (0.0 if self._since is None else time.perf_counter() - self._since)

    @seconds.setter
    def seconds(self, value: float) -> None:
        self._counted = value

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the block."""
        self._since = time.perf_counter()
        try:
            yield
        finally:
            self._counted, self._since = self.seconds, None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Leave out the time of the block."""
        ran = self._since is not None
        self._counted, self._since = self.seconds, None
        try:
            yield
        finally:
            self._since = time.perf_counter() if ran else None


@dataclass(slots=True)
class TrainingProgress:
    """Evaluations, examples, seconds, memory, loss sums and callbacks of a training, over all its sessions.

    ``progress.save(checkpoint_folder, process=0)``
    """

    evaluations: EvaluationHistory
    log: StepLog
    callbacks: Sequence[Callback] = ()
    clock: TrainingClock = field(default_factory=TrainingClock)
    memory: PeakMemory = field(default_factory=PeakMemory)
    examples: int = 0
    "Examples that the model was trained on; one counts again in every epoch."

    def save(self, folder: Path, process: int) -> None:
        """Write the state of a process into the folder of a checkpoint."""
        state = {
            **self.evaluations.state(),
            "examples": self.examples,
            "seconds": self.clock.seconds,
            "peak_memory": self.memory.bytes,
            "loss": self.log.state(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
        }
        write_json(progress_file(folder, process), state)

    def restore(self, folder: Path, process: int) -> None:
        """Read what ``save`` wrote; a process that did not exist then reads the state of the first."""
        path = progress_file(folder, process)
        state = read_object(path if path.exists() else progress_file(folder))
        self.evaluations.restore(state)
        self.examples, self.clock.seconds = state["examples"], state["seconds"]
        self.memory.bytes = state.get("peak_memory")  # checkpoints of earlier versions have none
        self.log.restore(state["loss"])
        # By position: a run is only resumed with the callbacks that it was started with.
        for callback, known in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state_dict(known)
