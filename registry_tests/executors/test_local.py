"""Calls made by processes of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spanreg.executors import Call, Executor
from spanreg.executors.local import LocalExecutor


def call(function: str, **arguments: Any) -> Call:
    return Call(function, f"work_of_a_test:{function}", arguments)


def test_it_builds_from_a_config() -> None:
    executor = Executor.from_params({"type": "local", "jobs": 2, "threads": 1})
    assert isinstance(executor, LocalExecutor)
    assert (executor.jobs, executor.threads) == (2, 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_call_has_one_outcome(jobs: int) -> None:
    calls = [call("double", number=number) for number in range(5)]
    outcomes = list(LocalExecutor(jobs).run(calls))
    assert Counter(outcome.call.arguments["number"] for outcome in outcomes) == Counter(range(5))
    assert all(outcome.value == 2 * outcome.call.arguments["number"] for outcome in outcomes)


def test_a_failure_stops_no_other() -> None:
    calls = [call("fail", text="no"), call("die", code=3), call("double", number=4), call("nothing")]
    first, second, third, fourth = LocalExecutor().run(calls)
    assert first.problem == "ValueError: no"
    assert second.problem == "its process ended with exit code 3"
    assert (third.value, third.failed) == (8, False)
    assert fourth.problem.startswith("AttributeError: ")


def test_another_worker_takes_the_place_of_a_killed_one(tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    first, second = LocalExecutor().run([call("kill_once", mark=mark)] * 2)
    assert first.problem == "its process was killed (SIGKILL)"
    assert second.value == "alive"


def test_a_worker_that_cannot_be_started_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **options: Any) -> None:
        raise OSError("no process left")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    outcomes = list(LocalExecutor(jobs=2, threads=1).run([call("double", number=1), call("double", number=2)]))
    assert [outcome.problem for outcome in outcomes] == ["OSError: no process left"] * 2


def test_threads_are_split_and_a_worker_makes_several_calls() -> None:
    values = [outcome.value for outcome in LocalExecutor(jobs=1, threads=3).run([call("about", _=0)] * 3)]
    assert {value[0] for value in values} == {"3"}
    assert len({value[1] for value in values}) == 1


def test_no_calls_no_workers() -> None:
    assert list(LocalExecutor(2).run([])) == []


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2] == "Z"


def wait_for(what: Any) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until, "waited for half a minute"
        time.sleep(0.02)


def test_closing_ends_what_is_at_work(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    running = LocalExecutor(2).run([call("double", number=1), call("sleep", mark=str(mark))])
    assert next(running).value == 2
    wait_for(lambda: mark.exists() and mark.read_text(encoding="utf-8"))
    running.close()  # type: ignore[attr-defined]
    assert gone(int(mark.read_text(encoding="utf-8")))


def test_workers_end_with_a_caller_that_was_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from spanreg.executors.local import LocalExecutor, Call\n"
        f"list(LocalExecutor().run([Call('', 'work_of_a_test:sleep', {{'mark': {str(mark)!r}}})]))"
    )
    caller = subprocess.Popen([sys.executable, "-c", code])
    wait_for(lambda: mark.exists() and mark.read_text(encoding="utf-8"))
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    wait_for(lambda: gone(int(mark.read_text(encoding="utf-8"))))
