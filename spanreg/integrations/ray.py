"""Run calls as actors of Ray, on this machine or a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.remote import RemoteCall, RemoteExecutor
from spanreg.executors.threads import exported_threads
from spanreg.integrations.ray_cluster import connect_ray
from spanreg.packages import require_package
from spanreg.registry import AtLeast
from spanreg.text.reasons import reason_of

_RESTARTS: Final = 3
"How often a process that dies before its call begins is replaced."

_DETAIL: Final = re.compile(r"Worker exit detail: (.+?)\.(?: |$)", re.MULTILINE)
"The sentence of Ray's error on the end of a process."


@Executor.register("ray")
class RayExecutor(RemoteExecutor):
    """Makes calls in actors of Ray, on this machine or a cluster (extra ``ray``); registered as ``ray``.

    Without ``address`` it uses the cluster of the environment variable ``RAY_ADDRESS``, or starts Ray on this machine.
    On a cluster, code, data and the study's folder must have the same paths on every machine. An actor makes one call
    after the other. If it dies, its call fails, and a new actor makes the next one; the study decides whether to try
    the failed call again.

    ``spanreg study run study.jsonnet -s study --executor ray --jobs 4``

    Parameters:
        jobs: actors at a time; default 1.
        cpus: cores that Ray reserves for each, and its threads; default: the exported ``OMP_NUM_THREADS``, otherwise 1.
        gpus: GPUs that Ray reserves for each, such as 0.5; default: 1, or an equal share if the cluster has fewer GPUs
            than there are ``jobs``; 0 on a cluster without GPUs.
        address: address of a cluster, such as ``ray://head:10001`` or ``auto``.

    Raises:
        ConfigurationError: Ray is not installed; while running: the cluster cannot be reached.
    """

    def __init__(
        self,
        jobs: Annotated[int, AtLeast(1)] = 1,
        cpus: Annotated[int, AtLeast(1)] | None = None,
        gpus: Annotated[float, AtLeast(0)] | None = None,
        address: str | None = None,
    ) -> None:
        require_package("ray")
        self.jobs = jobs
        self.cpus = cpus or exported_threads() or 1
        self.gpus = gpus
        self.address = address
        self._ray: Any = None
        self._actor_class: Any = None
        self._actors: dict[Any, Any] = {}
        "By job: the actor that makes it."
        self._idle: list[Any] = []
        "Actors whose calls have ended."

    def connect(self) -> None:
        self._ray = connect_ray(path="executor.address", address=self.address, cores=self.jobs * self.cpus)
        gpus = share_of_gpus(self._ray.cluster_resources(), self.jobs) if self.gpus is None else self.gpus
        # A process that dies at its start, under load or for lack of memory, is replaced before the call begins. A call
        # that has begun is never repeated here: the study decides that.
        options = {"num_cpus": self.cpus, "num_gpus": gpus, "max_restarts": _RESTARTS, "max_task_retries": 0}
        self._actor_class = self._ray.remote(_CallActor).options(**options)

    def submit(self, call: Call) -> Any:
        # An actor can be killed immediately, a task cannot; and it imports torch once for all of its calls.
        actor = self._idle.pop() if self._idle else self._actor_class.remote()
        job = actor.make.remote(RemoteCall(call, self.cpus))
        self._actors[job] = actor
        return job

    def wait(self, jobs: Sequence[Any]) -> Any:
        ended, _ = self._ray.wait(jobs, num_returns=1)
        return ended[0]

    def outcome(self, job: Any, call: Call) -> Outcome:
        try:
            outcome = Outcome(call, **self._ray.get(job))
        except self._ray.exceptions.RayError as error:
            # The state of this actor is unknown, and it would keep its cores reserved.
            self.cancel(job)
            return Outcome(call, problem=_problem_of(error, died=self._ray.exceptions.RayActorError))
        self._idle.append(self._actors.pop(job))
        return outcome

    def cancel(self, job: Any) -> None:
        self._ray.kill(self._actors.pop(job))

    def disconnect(self) -> None:
        while self._idle:
            self._ray.kill(self._idle.pop())


def _problem_of(error: Exception, died: type[Exception]) -> str:
    """Return the problem of a call for an error of Ray; ``died`` is the class of errors for a process that ended."""
    return f"its process ended unexpectedly{_reason(str(error))}" if isinstance(error, died) else reason_of(error)


def _reason(text: str) -> str:
    """Return Ray's reason for the end of a process, in brackets; empty if it gives none."""
    found = _DETAIL.search(text)
    return f" ({found[1].strip()})" if found else ""


def share_of_gpus(resources: Mapping[str, float], jobs: int) -> float:
    """Return the GPUs to reserve for each of some jobs that run at a time on a cluster."""
    return min(1.0, resources.get("GPU", 0.0) / jobs)


class _CallActor:
    """A process that makes calls, one after the other."""

    def make(self, call: RemoteCall) -> dict[str, Any]:
        """Make the call."""
        return call()
