"""Processes of this machine."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.executors.threads import VARIABLE, waiting_environment, worker_threads
from spanreg.registry import AtLeast
from spanreg.system import signal_name

_PATIENCE = 30.0
"Seconds that a worker is given to end by itself: a training finishes its step and writes a checkpoint."


@Executor.register("local")
class Local(Executor):
    """Some worker processes on this machine, each of which makes one call after the other; registered as ``local``.

    Without an exported ``OMP_NUM_THREADS`` the workers share the cores, so that they do not wait for one another. A
    worker that dies takes only its own call with it, and another one takes its place. When the calling process ends,
    its workers end, too, whatever ended it.

    Parameters:
        jobs: workers at a time; default 1.
        threads: of each worker, for torch; default: the exported ``OMP_NUM_THREADS``, else the cores that this process
            may use (of a container, those that it is given time for) divided by ``jobs``.
    """

    def __init__(self, jobs: Annotated[int, AtLeast(1)] = 1, threads: Annotated[int, AtLeast(1)] | None = None) -> None:
        self.jobs = jobs
        self.threads = threads or worker_threads(jobs)

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        waiting: queue.SimpleQueue[Call] = queue.SimpleQueue()
        for call in calls:
            waiting.put(call)
        ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        workers = [Worker(self.threads) for _ in range(min(self.jobs, len(calls)))]
        for worker in workers:
            threading.Thread(target=_serve, args=(worker, waiting, ended), daemon=True).start()
        try:
            for _ in calls:
                yield ended.get()
        finally:
            for worker in workers:
                worker.ask_to_stop()
            for worker in workers:
                worker.stop()


class Worker:
    """One process for calls, started when it is first needed and again after it died.

    Parameters:
        threads: of the process, for torch.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def make(self, call: Call) -> Outcome:
        """Makes one call and waits for its end."""
        process = self._started()
        if process is None:
            return Outcome(call, problem="stopped before it began")
        asked = {"function": call.function, "arguments": call.arguments}
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line.endswith("\n"):
            return Outcome(call, problem=_ending(process.wait()))
        return Outcome(call, **json.loads(line))

    def ask_to_stop(self) -> None:
        """Asks the process to end, which begins no other call."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()

    def stop(self) -> None:
        """Waits until a process that was asked to has ended, and ends it when it has not."""
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[str] | None:
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
                    env={**os.environ, **_environment(self._threads)},
                    # Ctrl-C is for the process that asks, which then ends its workers.
                    start_new_session=True,
                )
            return self._process


def _serve(worker: Worker, waiting: queue.SimpleQueue[Call], ended: queue.SimpleQueue[Outcome]) -> None:
    while True:
        try:
            call = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            outcome = worker.make(call)
        except Exception as error:
            # no process can be started, for instance; whoever waits for this outcome must not wait for ever
            outcome = Outcome(call, problem=f"{type(error).__name__}: {error}")
        ended.put(outcome)


def _environment(threads: int) -> dict[str, str]:
    """Return the worker's thread count, and what it takes to find the modules that this process finds."""
    paths = [path or str(Path.cwd()) for path in sys.path]
    return {
        VARIABLE: str(threads),
        **waiting_environment(threads),
        # The tokenizer's threads do not change its result; an exported choice stays.
        "TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false" if threads == 1 else "true"),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        # A file in the working directory must not take the place of a module in a worker either.
        "PYTHONSAFEPATH": "1",
    }


def _ending(code: int) -> str:
    if code < 0:
        return f"its process was killed ({signal_name(-code)})"
    return f"its process ended with exit code {code}"
