"""Ray: this machine, or a cluster of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Any

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.remote import Errand, Remote
from spanreg.executors.threads import exported_threads
from spanreg.packages import import_package, require_package
from spanreg.registry import AtLeast, ConfigurationError
from spanreg.system import available_cores


@Executor.register("ray")
class Ray(Remote):
    """One actor of Ray for each call, on this machine or a cluster (extra ``ray``); registered as ``ray``.

    Without ``address`` it takes the cluster that the environment variable ``RAY_ADDRESS`` names, or starts Ray on this
    machine. On a cluster, code, data and the study's folder must lie under the same paths on every machine. An actor
    that dies is one failed call: it is for the study to say whether it is tried again.

    Parameters:
        jobs: actors at a time; default 1.
        cpus: cores that Ray sets aside for each, and its threads; default: the exported ``OMP_NUM_THREADS``, else 1.
        gpus: GPUs that Ray sets aside for each; default 0.
        address: of a cluster, such as ``ray://head:10001`` or ``auto``.

    Raises:
        ConfigurationError: Ray is not installed; while running: the cluster cannot be reached.
    """

    def __init__(
        self,
        jobs: Annotated[int, AtLeast(1)] = 1,
        cpus: Annotated[int, AtLeast(1)] | None = None,
        gpus: Annotated[float, AtLeast(0)] = 0.0,
        address: str | None = None,
    ) -> None:
        require_package("ray")
        self.jobs = jobs
        self.cpus = cpus or exported_threads() or 1
        self.gpus = gpus
        self.address = address
        self._place: Any = None
        self._actors: dict[Any, Any] = {}

    @property
    def _ray(self) -> Any:
        return import_package("ray")

    def connect(self) -> None:
        if not self._ray.is_initialized():
            options = {"log_to_driver": False, "logging_level": "warning", "include_dashboard": False}
            try:
                self._ray.init(self.address, **options, **self._of_this_machine())
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise ConfigurationError(
                    f"no Ray cluster can be reached: {str(error).splitlines()[0]}",
                    path="executor.address",
                    hint="start one by 'ray start --head'",
                ) from error
        self._place = self._ray.remote(_Place).options(num_cpus=self.cpus, num_gpus=self.gpus, max_restarts=0)

    def _of_this_machine(self) -> dict[str, Any]:
        """Options for a Ray that begins here: as many actors as were asked for, however few the cores are."""
        if self.address or os.environ.get("RAY_ADDRESS"):
            return {}
        return {"num_cpus": max(self.jobs * self.cpus, available_cores())}

    def submit(self, call: Call) -> Any:
        # An actor can be killed at once, which a task cannot.
        actor = self._place.remote()
        job = actor.make.remote(Errand(call, self.cpus))
        self._actors[job] = actor
        return job

    def wait(self, jobs: Sequence[Any]) -> Any:
        ended, _ = self._ray.wait(jobs, num_returns=1)
        return ended[0]

    def outcome(self, job: Any, call: Call) -> Outcome:
        try:
            return Outcome(call, **self._ray.get(job))
        except self._ray.exceptions.ActorDiedError:
            return Outcome(call, problem="its process ended unexpectedly")
        except self._ray.exceptions.RayError as error:
            return Outcome(call, problem=str(error).strip().splitlines()[0])
        finally:
            self.cancel(job)

    def cancel(self, job: Any) -> None:
        self._ray.kill(self._actors.pop(job))


class _Place:
    """A process for one errand."""

    def make(self, errand: Errand) -> dict[str, Any]:
        """Runs it."""
        return errand()
