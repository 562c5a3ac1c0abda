"""An executor that starts no processes, for tests of the calls themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer


class InProcessExecutor(Executor):
    """Executor that runs calls one after the other in this process, and returns the outcomes of a worker process.

    ``run_study(plan, folder, InProcessExecutor(), StudyRequest("s"))``

    Attributes:
        calls: number of calls so far.
    """

    def __init__(self) -> None:
        self.calls = 0

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.calls += 1
            yield Outcome(call, **answer(call.request))
