"""An executor that starts no process, for tests of what is called rather than where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer


class InProcessExecutor(Executor):
    """Makes the calls one after the other in this process, with the errors of a worker process.

    ``run_study(plan, folder, InProcessExecutor(), StudyRequest("s"))``

    Attributes:
        calls: number of calls made so far.
    """

    def __init__(self) -> None:
        self.calls = 0

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.calls += 1
            yield Outcome(call, **answer(call.request))
