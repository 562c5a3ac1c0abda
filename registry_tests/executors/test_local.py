"""LocalExecutor: calls in worker processes on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from registry_tests.executors.processes import has_ended, job_call, read_process_id, wait_until
from spanreg.executors import Executor
from spanreg.executors.local import LocalExecutor


def test_builds_from_a_config() -> None:
    executor = Executor.from_params({"type": "local", "jobs": 2, "threads": 1})
    assert isinstance(executor, LocalExecutor)
    assert (executor.jobs, executor.threads) == (2, 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_call_has_one_outcome(jobs: int) -> None:
    calls = [job_call("double", number=number) for number in range(5)]
    outcomes = list(LocalExecutor(jobs).run(calls))
    assert Counter(outcome.call.arguments["number"] for outcome in outcomes) == Counter(range(5))
    assert all(outcome.value == 2 * outcome.call.arguments["number"] for outcome in outcomes)


def test_other_calls_continue_after_a_failure() -> None:
    calls = [job_call("fail", text="no"), job_call("die", code=3), job_call("double", number=4), job_call("missing")]
    first, second, third, fourth = LocalExecutor().run(calls)
    assert first.problem == "ValueError: no"
    assert second.problem == "its process ended with exit code 3"
    assert (third.value, third.failed) == (8, False)
    assert fourth.problem.startswith("AttributeError: ")


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    first, second = LocalExecutor().run([job_call("kill_first_process", mark=mark)] * 2)
    assert first.problem == "its process was killed (SIGKILL)"
    assert second.value == "alive"


def test_a_worker_that_cannot_start_fails_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    # The thread that serves a worker once ended at such an error without an outcome, and ``run`` waited for ever.
    def refuse(*arguments: Any, **options: Any) -> None:
        raise OSError("no process left")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    executor = LocalExecutor(jobs=2, threads=1)
    outcomes = list(executor.run([job_call("double", number=1), job_call("double", number=2)]))
    assert [outcome.problem for outcome in outcomes] == ["OSError: no process left"] * 2


def test_a_worker_has_its_threads_and_makes_several_calls() -> None:
    executor = LocalExecutor(jobs=1, threads=3)
    values = [outcome.value for outcome in executor.run([job_call("threads_and_process")] * 3)]
    assert {threads for threads, _ in values} == {"3"}
    assert len({process for _, process in values}) == 1


def test_no_calls_have_no_outcomes() -> None:
    assert list(LocalExecutor(2).run([])) == []


def test_closing_the_iterator_ends_running_workers(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    outcomes = LocalExecutor(2).run([job_call("double", number=1), job_call("sleep", mark=str(mark))])
    assert next(outcomes).value == 2
    process = read_process_id(mark)
    outcomes.close()  # type: ignore[attr-defined]
    assert has_ended(process)


def test_workers_end_when_their_caller_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from spanreg.executors.local import LocalExecutor, Call\n"
        f"list(LocalExecutor().run([Call('', 'job_functions:sleep', {{'mark': {str(mark)!r}}})]))"
    )
    caller = subprocess.Popen([sys.executable, "-c", code])
    process = read_process_id(mark)
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    wait_until(lambda: has_ended(process))
