"""Calls made by somebody else's queue: Ray on this machine, and submitit's local jobs in the place of Slurm's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.remote import RemoteExecutor
from spanreg.integrations.ray import RayExecutor
from spanreg.integrations.slurm import SlurmExecutor
from spanreg.registry import ConfigurationError


def call(function: str, **arguments: Any) -> Call:
    return Call(function, f"work_of_a_test:{function}", arguments)


class Queue(RemoteExecutor):
    """Ends the newest job first, and writes down what was asked of it."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.told: list[str] = []

    def connect(self) -> None:
        self.told.append("connect")

    def submit(self, call: Call) -> Any:
        self.told.append(f"submit {call.name}")
        return call.name

    def wait(self, jobs: Sequence[Any]) -> Any:
        return jobs[-1]

    def outcome(self, job: Any, call: Call) -> Outcome:
        return Outcome(call, value=job)

    def cancel(self, job: Any) -> None:
        self.told.append(f"cancel {job}")


def test_no_more_at_a_time_than_asked_and_all_in_order() -> None:
    queue = Queue(2)
    calls = [Call(name, "", {}) for name in "abcd"]
    assert [outcome.value for outcome in queue.run(calls)] == ["b", "c", "d", "a"]
    assert queue.told == ["connect", *(f"submit {name}" for name in "abcd")]
    assert list(Queue(2).run([])) == []


class Full(Queue):
    """Takes no more than so many at a time, and one of the calls never."""

    def __init__(self, most: int, never: str = "") -> None:
        super().__init__(9)
        self.most, self.never, self.held = most, never, 0

    def submit(self, call: Call) -> Any:
        if call.name == self.never or self.held == self.most:
            raise OSError("job limit reached")
        self.held += 1
        return super().submit(call)

    def outcome(self, job: Any, call: Call) -> Outcome:
        self.held -= 1
        return super().outcome(job, call)


def test_a_queue_that_is_full_gets_the_rest_later() -> None:
    queue = Full(2)
    assert sorted(outcome.value for outcome in queue.run([Call(name, "", {}) for name in "abcde"])) == list("abcde")
    assert not [line for line in queue.told if line.startswith("cancel")]


def test_a_call_that_is_never_taken_stops_no_other() -> None:
    outcomes = list(Full(2, never="b").run([Call(name, "", {}) for name in "abc"]))
    assert [(outcome.call.name, outcome.problem) for outcome in outcomes] == [
        ("a", ""),
        ("b", "it cannot be submitted: job limit reached"),
        ("c", ""),
    ]


def test_what_is_at_work_is_taken_back() -> None:
    queue = Queue(3)
    outcomes = queue.run([Call(name, "", {}) for name in "abcde"])
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert queue.told[-2:] == ["cancel a", "cancel b"]


def test_they_build_from_a_config() -> None:
    pytest.importorskip("ray", reason="the extra 'ray' brings it")
    pytest.importorskip("submitit", reason="the extra 'slurm' brings it")
    ray = Executor.from_params({"type": "ray", "jobs": 3, "gpus": 0.5})
    assert isinstance(ray, RayExecutor)
    assert (ray.jobs, ray.cpus, ray.gpus, ray.address) == (3, 1, 0.5, None)
    slurm = Executor.from_params({"type": "slurm", "minutes": 90, "options": {"account": "x"}})
    assert isinstance(slurm, SlurmExecutor)
    assert (slurm.jobs, slurm.minutes, slurm.options) == (1, 90, {"account": "x"})


@pytest.mark.parametrize(("name", "extra"), [("ray", "ray"), ("slurm", "slurm")])
def test_a_package_that_is_missing(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda package: None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'spanreg\[{extra}\]'"):
        Executor.from_params({"type": name})


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    package = pytest.importorskip("ray", reason="ray is not installed: the extra 'ray' brings it")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}")
    monkeypatch.syspath_prepend(root)
    yield
    package.shutdown()


def test_ray(ray: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_to_the_contract(RayExecutor(jobs=2, cpus=1), tmp_path, "its process ended unexpectedly")
    monkeypatch.setattr("spanreg.integrations.ray._CallActor", dying_at_its_start(tmp_path / "started"))
    (outcome,) = RayExecutor(cpus=1).run([call("double", number=4)])
    assert (outcome.value, outcome.problem) == (8, ""), "a process that dies before the call begins is replaced"


def dying_at_its_start(mark: Path) -> type[Any]:
    """An actor whose first process ends while it starts, as under load or for lack of memory."""

    class Actor:
        def __init__(self) -> None:
            if not mark.exists():
                mark.touch()
                os._exit(1)

        def make(self, call: Any) -> Any:
            return call()

    return Actor


def test_ray_where_there_is_none(ray: None) -> None:
    with pytest.raises(
        ConfigurationError, match=r"executor.address: no Ray cluster can be reached: .* 'ray start --head'"
    ):
        list(RayExecutor(address="auto").run([call("double", number=1)]))


def test_slurm_through_jobs_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed: the extra 'slurm' brings it")
    # Seconds for which submitit waits for the result of a job that died: its file may be late on a network disk only.
    monkeypatch.setattr("submitit.core.core.Job._results_timeout_s", 1)
    executor = SlurmExecutor(jobs=2, cluster="local", folder=str(tmp_path / "jobs"))
    held_to_the_contract(executor, tmp_path, "job ")


def test_slurm_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed: the extra 'slurm' brings it")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"executor.cluster: jobs cannot be submitted: .* where 'sbatch' is"):
        list(SlurmExecutor(folder=str(tmp_path)).run([call("double", number=1)]))


def held_to_the_contract(executor: Executor, folder: Path, died: str) -> None:
    """A call that fails and one whose process dies are an outcome each; what is at work ends with the iterator."""
    mark = folder / "mark"
    calls = [call("fail", text="no"), call("die", code=3), call("double", number=4), call("sleep", mark=str(mark))]
    outcomes = executor.run(calls)
    ended = {outcome.call.name: outcome for outcome in islice(outcomes, 3)}
    assert ended["fail"].problem == "ValueError: no"
    assert ended["die"].problem.startswith(died), ended["die"].problem
    assert (ended["double"].value, ended["double"].failed) == (8, False)
    wait_for(lambda: mark.exists() and mark.read_text(encoding="utf-8"))
    outcomes.close()  # type: ignore[attr-defined]
    wait_for(lambda: gone(int(mark.read_text(encoding="utf-8"))))


def gone(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for(what: Any) -> None:
    until = time.monotonic() + 300
    while not what():
        assert time.monotonic() < until, "waited for five minutes"
        time.sleep(0.02)
