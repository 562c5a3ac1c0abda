"""What executors share that hand their calls to somebody else's queue."""

from __future__ import annotations

import logging
import os
import sys
from abc import abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spanreg import limits
from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.threads import VARIABLE
from spanreg.executors.worker import answer

logger = logging.getLogger(__name__)


class Remote(Executor):
    """Submits calls in their order, at most ``jobs`` at a time, and takes back what is at work when it is closed.

    A call that cannot be submitted waits until one that is at work has ended; where none is, it has failed. A subclass
    says how one call is submitted, waited for, read and cancelled.
    """

    jobs: int

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        waiting, running = deque(calls), dict[Any, Call]()
        if waiting:
            self.connect()
        try:
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    try:
                        running[self.submit(waiting[0])] = waiting[0]
                    except Exception as error:
                        if not running:
                            yield Outcome(waiting.popleft(), problem=f"it could not be submitted: {error}")
                            continue
                        # A queue takes only so many; there is room when one of ours has ended.
                        logger.warning("%s is not taken by the queue yet: %s", waiting[0].name, error)
                        break
                    waiting.popleft()
                if running:
                    job = self.wait(list(running))
                    yield self.outcome(job, running.pop(job))
        finally:
            for job in running:
                self.cancel(job)

    @abstractmethod
    def connect(self) -> None:
        """Reaches the place where the work is done; called before anything is submitted, maybe again.

        Raises:
            ConfigurationError: it cannot be reached.
        """

    @abstractmethod
    def submit(self, call: Call) -> Any:
        """Hands one call over; gives a handle that can be hashed."""

    @abstractmethod
    def wait(self, jobs: Sequence[Any]) -> Any:
        """Waits until one of these has ended, and gives it."""

    @abstractmethod
    def outcome(self, job: Any, call: Call) -> Outcome:
        """What became of a job that has ended."""

    @abstractmethod
    def cancel(self, job: Any) -> None:
        """Stops a job that is queued or at work."""


class Errand:
    """Makes one call in the process that it was sent to, and gives what ``spanreg.executors.worker.answer`` does.

    Parameters:
        call: what is to be done.
        threads: for torch, where it is not imported yet.
    """

    def __init__(self, call: Call, threads: int) -> None:
        self.question = {"function": call.function, "arguments": call.arguments}
        self.threads = threads
        self.paths = [path or str(Path.cwd()) for path in sys.path]
        "Where the sender finds modules, those of its working folder among them."
        self.limits = os.environ.get(limits.VARIABLE, "")
        "Of the sender's command line."

    def __call__(self) -> dict[str, Any]:
        os.environ[VARIABLE] = str(self.threads)
        os.environ[limits.VARIABLE] = self.limits
        sys.path += [path for path in self.paths if path not in sys.path]
        return answer(self.question)
