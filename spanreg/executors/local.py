"""Worker processes on this machine."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.gpus import GpuPool, gpu_environment, visible_gpus
from spanreg.executors.threads import VARIABLE, waiting_environment, worker_threads
from spanreg.registry import Above, AtLeast, ConfigurationError, Distinct
from spanreg.system import signal_name

_STOP_SECONDS = 30.0
"Seconds until a worker that was asked to stop is killed: a training finishes its step and writes a checkpoint."


@Executor.register("local")
class LocalExecutor(Executor):
    """Worker processes on this machine, each of which makes one call after the other; registered as ``local``.

    Without an exported ``OMP_NUM_THREADS`` the workers share the cores. If a worker dies, its call fails, and a new
    worker replaces it. Workers end when the calling process ends, even if it is killed.

    ``outcomes = list(LocalExecutor(jobs=4).run(calls))``

    Parameters:
        jobs: number of workers; default: one for each of the ``gpus`` given, otherwise 1.
        threads: threads of each worker, for torch; default: the exported ``OMP_NUM_THREADS``, otherwise the usable
            cores (the CPU limit of a container included) divided by ``jobs``.
        gpus: numbers of the GPUs that the workers use, each worker one of them; ``[]`` for none; default: those that
            are visible. With more workers than GPUs, a run shares a GPU with another one when enough memory is free.
        memory: GPU memory that a run needs, in gigabytes; default: the most that a run has been seen to use.
    """

    def __init__(
        self,
        jobs: Annotated[int, AtLeast(1)] | None = None,
        threads: Annotated[int, AtLeast(1)] | None = None,
        gpus: Annotated[list[Annotated[int, AtLeast(0)]], Distinct()] | None = None,
        memory: Annotated[float, Above(0)] | None = None,
    ) -> None:
        self.jobs = jobs or max(1, len(gpus or ()))
        self.threads = threads or worker_threads(self.jobs)
        self.gpus = gpus
        self.memory = memory

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        waiting: queue.SimpleQueue[Call] = queue.SimpleQueue()
        for call in calls:
            waiting.put(call)
        ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        # Each worker keeps one GPU: torch binds a process to a device at its first use.
        gpus = self._chosen_gpus() if calls else []
        pool = GpuPool(gpus, self.memory)
        # An empty list hides all GPUs; without a list, workers see what this process sees.
        no_gpu = None if self.gpus is None else ""
        numbers = range(min(self.jobs, len(calls)))
        workers = [WorkerProcess(self.threads, gpus[one % len(gpus)] if gpus else no_gpu) for one in numbers]
        for worker in workers:
            # A thread for each worker waits for its answers; a daemon, so that it cannot keep the program alive.
            threading.Thread(target=_serve, args=(worker, pool, waiting, ended), daemon=True).start()
        try:
            for _ in calls:
                yield ended.get()
        finally:
            pool.close()
            # All are asked before any is waited for, so that they finish their steps at the same time.
            for worker in workers:
                worker.ask_to_stop()
            for worker in workers:
                worker.stop()

    def _chosen_gpus(self) -> list[str]:
        """Return the names of the GPUs that the workers use.

        Raises:
            ConfigurationError: a number is not one of a visible GPU.
        """
        visible = visible_gpus()
        if self.gpus is None:
            return visible
        wrong = [gpu for gpu in self.gpus if gpu >= len(visible)]
        if wrong:
            known = f"0 to {len(visible) - 1}" if visible else "none"
            problem = f"there is no GPU {', '.join(map(str, wrong))}; visible: {known}"
            raise ConfigurationError(problem, path="executor.gpus", hint="name visible ones, or [] for the CPU")
        # Numbers count the visible GPUs, as those of torch do.
        return [visible[gpu] for gpu in self.gpus]


class WorkerProcess:
    """One worker process; it starts with its first call, and again with the next call after it died.

    ``WorkerProcess(threads=1).make(call)``

    Parameters:
        threads: threads of the process, for torch.
        gpu: the only GPU that the process sees; empty for none, None for those of this process.
    """

    def __init__(self, threads: int, gpu: str | None = None) -> None:
        self._threads = threads
        self.gpu = gpu
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def make(self, call: Call) -> Outcome:
        """Make one call, and wait for its end."""
        process = self._started()
        if process is None:
            return Outcome(call, problem="stopped before it started")
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(call.request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""  # the worker died between two calls
        # Without its end, the line was cut off by the death of the worker.
        if not line.endswith("\n"):
            return Outcome(call, problem=_ending(process.wait()))
        return Outcome(call, **json.loads(line))

    def ask_to_stop(self) -> None:
        """Ask the process to end; it makes no other call."""
        # The lock keeps the serving thread from starting another process after this one was asked.
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()

    def stop(self) -> None:
        """Wait until the process has ended, and kill it if it does not end in time."""
        if self._process is None:
            return
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[str] | None:
        """Return the running process, started if there is none; None after it was asked to stop."""
        with self._lock:
            if self._stopped:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "spanreg.executors.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    env={**os.environ, **_environment(self._threads), **gpu_environment(self.gpu)},
                    # A Ctrl-C must reach the calling process alone, which then stops its workers.
                    start_new_session=True,
                )
            return self._process


def _serve(
    worker: WorkerProcess, pool: GpuPool, waiting: queue.SimpleQueue[Call], ended: queue.SimpleQueue[Outcome]
) -> None:
    """Make calls by one worker until none is waiting."""
    while True:
        # The GPU comes first: a worker that waits for memory must not hold a call that another could make.
        with pool.held(worker.gpu) if worker.gpu else nullcontext(True) as is_open:
            if not is_open:
                return
            try:
                call = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                outcome = worker.make(call)
            except Exception as error:
                # For instance, no process can be started. The loop in ``run`` must not wait for this outcome for ever.
                outcome = Outcome(call, problem=f"{type(error).__name__}: {error}")
            ended.put(outcome)


def _environment(threads: int) -> dict[str, str]:
    """Return the environment of a worker: its thread count, and the module search path of this process."""
    paths = [path or str(Path.cwd()) for path in sys.path]
    return {
        VARIABLE: str(threads),
        **waiting_environment(threads),
        # The threads of the tokenizer do not change its result. An exported value stays.
        "TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false" if threads == 1 else "true"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        # A file in the working directory must not replace a module, in a worker either.
        "PYTHONSAFEPATH": "1",
    }


def _ending(code: int) -> str:
    """Return how a process ended, from its exit code; a negative one is that of a signal."""
    if code < 0:
        return f"its process was killed ({signal_name(-code)})"
    return f"its process ended with exit code {code}"
