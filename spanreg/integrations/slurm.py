"""Run calls as jobs of Slurm, through submitit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.remote import RemoteCall, RemoteExecutor
from spanreg.executors.threads import exported_threads
from spanreg.packages import expand_home, import_package, require_package
from spanreg.registry import Above, AtLeast, ConfigurationError
from spanreg.storage import cache_folder, make_own_folder
from spanreg.system import user_id
from spanreg.text.reasons import reason_of

_LOCAL_INTERVAL = 0.1
_SLURM_INTERVAL = 5.0
"Seconds between two checks of the jobs; for Slurm, each check is a request to its database."


@Executor.register("slurm")
class SlurmExecutor(RemoteExecutor):
    """Makes each call in a job of Slurm, through submitit (extra ``slurm``); registered as ``slurm``.

    Code, data and the study's folder must have the same paths on every node. A job that reaches its time limit or is
    preempted is queued again, three times at most, and its run resumes from its last checkpoint. If the submitting
    process is interrupted, it cancels its jobs; if it is killed, they continue.

    ``spanreg study run study.jsonnet -s study --executor slurm --jobs 8``

    Parameters:
        jobs: jobs at a time, queued or running; default 1.
        minutes: time limit of a job; default 60.
        cpus: cores and threads of a job; default: the exported ``OMP_NUM_THREADS``, otherwise 1.
        gpus: GPUs of a job; default 0.
        memory: memory of a job, in gigabytes; default: that of the partition.
        partition: partition of the cluster; default: its own default.
        options: further options of ``sbatch``, such as ``{account: 'x', constraint: 'a100'}``.
        folder: folder for scripts, logs and results of the jobs, which every node can read and other users cannot
            write; default: the user's own in ``slurm`` of the cache folder.
        cluster: ``slurm``, or ``local`` for processes of this machine, for a trial.

    Raises:
        ConfigurationError: submitit is not installed; while running: this machine has no Slurm.
    """

    def __init__(
        self,
        jobs: Annotated[int, AtLeast(1)] = 1,
        minutes: Annotated[int, AtLeast(1)] = 60,
        cpus: Annotated[int, AtLeast(1)] | None = None,
        gpus: Annotated[int, AtLeast(0)] = 0,
        memory: Annotated[float, Above(0)] | None = None,
        partition: str | None = None,
        options: dict[str, Any] | None = None,
        folder: str | None = None,
        cluster: Literal["slurm", "local"] = "slurm",
    ) -> None:
        require_package("submitit")
        self.jobs = jobs
        self.minutes = minutes
        self.cpus = cpus or exported_threads() or 1
        self.gpus = gpus
        self.memory = memory
        self.partition = partition
        self.options = options or {}
        self.folder = folder
        self.cluster = cluster
        self._queue: Any = None

    def connect(self) -> None:
        if self._queue is not None:
            return  # a study runs several rounds of calls in one queue
        submitit = import_package("submitit")
        # submitit stores jobs and results as pickles, so no other user may write there.
        own = cache_folder("slurm", writable=True) / str(user_id())
        folder = expand_home(self.folder, "folder") if self.folder else own
        make_own_folder(folder)
        try:
            self._queue = submitit.AutoExecutor(folder=folder, cluster=self.cluster)
        except RuntimeError as error:
            raise ConfigurationError(
                f"jobs cannot be submitted: {error}",
                path="executor.cluster",
                hint="run this where 'sbatch' is, or set 'local' to try it on this machine",
            ) from error
        given = {
            "mem_gb": self.memory,
            "slurm_partition": self.partition,
            "slurm_additional_parameters": self.options or None,
        }
        self._queue.update_parameters(
            name="spanreg",
            timeout_min=self.minutes,
            cpus_per_task=self.cpus,
            gpus_per_node=self.gpus,  # a job has one node
            **{name: value for name, value in given.items() if value is not None},
        )

    def submit(self, call: Call) -> Any:
        return self._queue.submit(_Requeued(call, self.cpus))

    def wait(self, jobs: Sequence[Any]) -> Any:
        while True:
            for job in jobs:
                if job.done():
                    return job
            time.sleep(_LOCAL_INTERVAL if self.cluster == "local" else _SLURM_INTERVAL)

    def outcome(self, job: Any, call: Call) -> Outcome:
        try:
            return Outcome(call, **job.result())
        except Exception as error:
            # submitit and unpickling raise many classes of errors; none may stop the other calls.
            return Outcome(call, problem=f"job {job.job_id} {job.state}: {reason_of(error)}")

    def cancel(self, job: Any) -> None:
        job.cancel(check=False)  # no error for a job that has just ended


class _Requeued(RemoteCall):
    """A call whose ``checkpoint`` submitit calls when the job has to be queued again."""

    def checkpoint(self) -> Any:
        """Return the same call: a run resumes from its own checkpoints."""
        return import_package("submitit.helpers").DelayedSubmission(self)
