"""Base of the executors that submit their calls to the queue of a cluster."""

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


class RemoteExecutor(Executor):
    """Submits calls in their order, at most ``jobs`` at a time, and cancels those that run when it is closed.

    A call that cannot be submitted waits until a running one has ended; if none is running, it has failed.

    To add one: subclass, set ``jobs``, and implement how one call is submitted, waited for, read and cancelled.
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
                            yield Outcome(waiting.popleft(), problem=f"it cannot be submitted: {error}")
                            continue
                        # A queue limits the jobs of a user; there is room when one of ours has ended.
                        logger.warning("the queue does not accept %s yet: %s", waiting[0].name, error)
                        break
                    waiting.popleft()
                if running:
                    job = self.wait(list(running))
                    yield self.outcome(job, running.pop(job))
        finally:
            # Also reached when the caller closes the iterator; jobs of a cluster would outlive this process.
            for job in running:
                self.cancel(job)
            self.disconnect()

    @abstractmethod
    def connect(self) -> None:
        """Connect to the cluster or queue; called before calls are submitted, and again for each ``run``.

        Raises:
            ConfigurationError: it cannot be reached.
        """

    def disconnect(self) -> None:
        """Release what calls share, at the end of each ``run``. Does nothing unless it is overridden."""

    @abstractmethod
    def submit(self, call: Call) -> Any:
        """Submit one call, and return a hashable handle of its job."""

    @abstractmethod
    def wait(self, jobs: Sequence[Any]) -> Any:
        """Wait until one of these jobs has ended, and return it."""

    @abstractmethod
    def outcome(self, job: Any, call: Call) -> Outcome:
        """Return the outcome of a job that has ended."""

    @abstractmethod
    def cancel(self, job: Any) -> None:
        """Stop a job that is queued or running."""


class RemoteCall:
    """A call to be pickled: it is made in the process that unpickles it, like by ``spanreg.executors.worker.answer``.

    ``RemoteCall(call, threads=4)()``

    Parameters:
        call: the call.
        threads: number of threads for torch, if it is not imported yet.
    """

    def __init__(self, call: Call, threads: int) -> None:
        self.request = call.request
        self.threads = threads
        self.paths = [path or str(Path.cwd()) for path in sys.path]
        "The sender's module search path, with its working directory."
        self.limits = os.environ.get(limits.VARIABLE, "")
        "Limits of the sender's command line."

    def __call__(self) -> dict[str, Any]:
        # Set before torch is imported, which reads it once.
        os.environ[VARIABLE] = str(self.threads)
        os.environ[limits.VARIABLE] = self.limits
        # Appended: the machine's own packages come first.
        sys.path += [path for path in self.paths if path not in sys.path]
        return answer(self.request)
