"""Executors of a cluster's queue: their base, Ray on this machine, and submitit's local jobs in place of Slurm's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from registry_tests.executors.processes import has_ended, job_call, read_process_id, wait_until
from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.remote import RemoteExecutor
from spanreg.integrations.ray import RayExecutor
from spanreg.integrations.slurm import SlurmExecutor
from spanreg.registry import ConfigurationError


class NewestFirstExecutor(RemoteExecutor):
    """Executor whose newest job ends first.

    Attributes:
        requests: requests to the queue, in order.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.requests: list[str] = []

    def connect(self) -> None:
        self.requests.append("connect")

    def submit(self, call: Call) -> Any:
        self.requests.append(f"submit {call.name}")
        return call.name

    def wait(self, jobs: Sequence[Any]) -> Any:
        return jobs[-1]

    def outcome(self, job: Any, call: Call) -> Outcome:
        return Outcome(call, value=job)

    def cancel(self, job: Any) -> None:
        self.requests.append(f"cancel {job}")

    def disconnect(self) -> None:
        self.requests.append("disconnect")


class FullQueueExecutor(NewestFirstExecutor):
    """Executor whose queue accepts ``capacity`` jobs at a time, and never the call named ``rejected``."""

    def __init__(self, capacity: int, rejected: str = "") -> None:
        super().__init__(jobs=9)
        self.capacity, self.rejected, self.queued = capacity, rejected, 0

    def submit(self, call: Call) -> Any:
        if call.name == self.rejected or self.queued == self.capacity:
            raise OSError("job limit reached")
        self.queued += 1
        return super().submit(call)

    def outcome(self, job: Any, call: Call) -> Outcome:
        self.queued -= 1
        return super().outcome(job, call)


def named_calls(names: str) -> list[Call]:
    """Return one call for each letter, which is its name."""
    return [Call(name, "", {}) for name in names]


def test_calls_are_submitted_in_order_up_to_the_number_of_jobs() -> None:
    executor = NewestFirstExecutor(2)
    # Two jobs at a time, of which the newest ends first: 'a' stays in the queue until nothing else is left.
    assert [outcome.value for outcome in executor.run(named_calls("abcd"))] == ["b", "c", "d", "a"]
    assert executor.requests == ["connect", "submit a", "submit b", "submit c", "submit d", "disconnect"]
    assert list(NewestFirstExecutor(2).run([])) == []


def test_a_full_queue_gets_the_remaining_calls_later() -> None:
    executor = FullQueueExecutor(capacity=2)
    assert sorted(outcome.value for outcome in executor.run(named_calls("abcde"))) == list("abcde")
    assert not [request for request in executor.requests if request.startswith("cancel")]


def test_other_calls_continue_if_one_cannot_be_submitted() -> None:
    outcomes = list(FullQueueExecutor(capacity=2, rejected="b").run(named_calls("abc")))
    assert [(outcome.call.name, outcome.problem) for outcome in outcomes] == [
        ("a", ""),
        ("b", "it cannot be submitted: job limit reached"),
        ("c", ""),
    ]


def test_closing_the_iterator_cancels_running_jobs() -> None:
    executor = NewestFirstExecutor(3)
    outcomes = executor.run(named_calls("abcde"))
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert executor.requests[-3:] == ["cancel a", "cancel b", "disconnect"]


def test_ray_and_slurm_build_from_a_config() -> None:
    pytest.importorskip("ray", reason="the extra 'ray' brings it")
    pytest.importorskip("submitit", reason="the extra 'slurm' brings it")
    ray = Executor.from_params({"type": "ray", "jobs": 3, "gpus": 0.5})
    assert isinstance(ray, RayExecutor)
    assert (ray.jobs, ray.cpus, ray.gpus, ray.address) == (3, 1, 0.5, None)
    slurm = Executor.from_params({"type": "slurm", "minutes": 90, "options": {"account": "x"}})
    assert isinstance(slurm, SlurmExecutor)
    assert (slurm.jobs, slurm.minutes, slurm.options) == (1, 90, {"account": "x"})


@pytest.mark.parametrize(("name", "extra"), [("ray", "ray"), ("slurm", "slurm")])
def test_a_missing_package_is_named_with_its_extra(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda package: None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'spanreg\[{extra}\]'"):
        Executor.from_params({"type": name})


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Ray start on this machine, with actors that import spanreg from this checkout, and shut it down."""
    package = pytest.importorskip("ray", reason="ray is not installed: the extra 'ray' brings it")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}")
    monkeypatch.syspath_prepend(root)
    yield
    package.shutdown()


def test_ray_keeps_the_contract_and_reuses_and_replaces_actors(
    ray: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_executor(RayExecutor(jobs=2, cpus=1), tmp_path, "its process ended unexpectedly")
    # In the same test, because starting Ray takes seconds.
    calls = [job_call("threads_and_process"), job_call("fail", text="no"), job_call("threads_and_process")]
    first, _, last = RayExecutor(cpus=1).run(calls)
    assert first.value[1] == last.value[1], "one process makes all calls, also after one that raised an error"
    wait_until(lambda: has_ended(first.value[1]))
    monkeypatch.setattr("spanreg.integrations.ray._CallActor", actor_that_dies_at_its_start(tmp_path / "started"))
    (outcome,) = RayExecutor(cpus=1).run([job_call("double", number=4)])
    assert (outcome.value, outcome.problem) == (8, ""), "a process that dies before the call begins is replaced"


def actor_that_dies_at_its_start(mark: Path) -> type[Any]:
    """Return an actor class whose first process ends while it starts, as under load or for lack of memory."""

    class Actor:
        def __init__(self) -> None:
            if not mark.exists():
                mark.touch()
                os._exit(1)

        def make(self, call: Any) -> Any:
            return call()

    return Actor


def test_ray_reports_an_unreachable_cluster(ray: None) -> None:
    with pytest.raises(
        ConfigurationError, match=r"executor.address: no Ray cluster can be reached: .* 'ray start --head'"
    ):
        list(RayExecutor(address="auto").run([job_call("double", number=1)]))


def test_slurm_keeps_the_contract_with_local_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed: the extra 'slurm' brings it")
    # Seconds for which submitit waits for the result of a job that died: its file may be late on a network disk only.
    monkeypatch.setattr("submitit.core.core.Job._results_timeout_s", 1)
    executor = SlurmExecutor(jobs=2, cluster="local", folder=str(tmp_path / "jobs"))
    check_executor(executor, tmp_path, "job ")


def test_slurm_reports_missing_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed: the extra 'slurm' brings it")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"executor.cluster: jobs cannot be submitted: .* where 'sbatch' is"):
        list(SlurmExecutor(folder=str(tmp_path)).run([job_call("double", number=1)]))


def check_executor(executor: Executor, folder: Path, death: str) -> None:
    """Check what ``Executor`` promises for calls that fail, whose process dies, or that run while it is closed.

    Args:
        executor: the executor, with two jobs at a time.
        folder: a temporary folder.
        death: beginning of the problem of a call whose process died.
    """
    mark = folder / "mark"
    calls = [
        job_call("fail", text="no"),
        job_call("die", code=3),
        job_call("double", number=4),
        job_call("sleep", mark=str(mark)),
    ]
    outcomes = executor.run(calls)
    ended = {outcome.call.name: outcome for outcome in islice(outcomes, 3)}
    assert ended["fail"].problem == "ValueError: no"
    assert ended["die"].problem.startswith(death), ended["die"].problem
    assert (ended["double"].value, ended["double"].failed) == (8, False)
    process = read_process_id(mark)
    outcomes.close()  # type: ignore[attr-defined]
    wait_until(lambda: has_ended(process))
