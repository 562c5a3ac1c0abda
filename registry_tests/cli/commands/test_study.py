"""``spanreg study``: the output of each action, with simulated runs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from spanreg.cli.main import main
from spanreg.cli.rendering import study_watch
from spanreg.executors import Call, Outcome
from spanreg.studies.execute.progress import RunProgress, RunState
from spanreg.studies.execute.record import PlannedRun
from spanreg.studies.execute.watch import StudySnapshot

STUDY = """{
  base: {data: {type: 'demo', limit: 32}, encoder: {type: 'tiny', dim: 16, layers: 1}, training: {epochs: 1}},
  seeds: [1, 2], reserve: 0.5, retries: 0,
  arms: {mean: {aggregator: 'mean_pool'}},
}"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    path = tmp_path / "pooling.jsonnet"
    path.write_text(STUDY, encoding="utf-8")
    return str(path)


def test_a_study_from_plan_to_choice(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "study")
    assert main(["study", "plan", file]) == 0
    assert "2 arms, 4 runs; compared with 'base'" in capsys.readouterr().out
    assert main(["study", "run", file, "-s", folder, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"made": 4, "there": 0, "failed": []}
    # by then the worker may have begun the next run, or even ended it
    assert re.search(r"^finished: base, seed 1 \(\d finished", said.err, re.MULTILINE)
    assert said.err.rstrip().endswith("finished: mean, seed 2 (4 finished)")
    assert main(["study", "run", file, "-s", folder]) == 0
    assert capsys.readouterr().out == f"0 runs finished, 4 were finished before; results are in {folder}\n"
    assert main(["study", "status", folder, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["counts"], found["changes"]) == ({"finished": 4}, [])
    changed = tmp_path / "changed.jsonnet"
    changed.write_text(STUDY.replace("epochs: 1", "epochs: 2"), encoding="utf-8")
    assert main(["study", "status", folder, "--against", str(changed)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split("\t")[:3] == ["base", "1", "finished, stale"]
    assert "changed since: base: training.epochs: 1 -> 2" in lines
    assert main(["study", "best", folder, "--json"]) == 0
    (best,) = json.loads(capsys.readouterr().out)["tasks"]
    assert best["apart"] is True
    assert best["arm"] in ("base", "mean")
    assert main(["study", "best", folder]) == 0
    assert f"{best['arm']}: {best['caption']}" in capsys.readouterr().out.splitlines()


def test_failed_runs_are_named_at_the_end(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:nothing")
    assert main(["study", "run", file, "-s", str(tmp_path / "study"), "--set", "seeds=[1]"]) == 1
    said = capsys.readouterr()
    problem = "AttributeError: module 'spanreg.benchmarks.harness.pretended' has no attribute 'nothing'"
    assert said.out.splitlines()[1:] == [f"not finished: {arm}, seed 1: {problem}" for arm in ("base", "mean")]
    assert "failed: base, seed 1: AttributeError" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["run", "FILE"],
            "spanreg study run: the following arguments are required: -s/--folder. See 'spanreg study run --help'",
        ),
        (
            ["run", "FILE", "-s", "DIR", "--executor", "cloud"],
            "--executor type: 'cloud' is not registered for Executor. ",
        ),
        (["run", "FILE", "-s", "DIR", "--executor", "{type: 'local', job: 2}"], "--executor job: "),
        (["run", "FILE", "-s", "DIR", "--executor", "{type: "], "--executor"),
        (["run", "FILE", "-s", "DIR", "--jobs", "0"], "--jobs: is 0. give 1 or more"),
        (["plan", "FILE", "--jobs", "2"], "--jobs: has no effect without --measure. add --measure, or remove it"),
        (["plan", "FILE", "--jobs", "0", "--measure"], "--jobs: is 0. give 1 or more"),
        (["plan", "FILE", "--update"], "spanreg study plan: there is no option '--update'"),
        (["status", "DIR"], "there is no study in DIR"),
        (["best", "DIR"], "there is no study in DIR"),
    ],
)
def test_bad_input(
    arguments: list[str], said: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "not made"
    named = {"FILE": file, "DIR": str(folder)}
    assert main(["study", *(named.get(argument, argument) for argument in arguments)]) == 2
    assert capsys.readouterr().err.startswith(said.replace("DIR", str(folder)) if "in DIR" in said else said)
    assert not folder.exists()


def test_an_unknown_executor_lists_those_there_are(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "run", file, "-s", "x", "--executor", "cloud"]) == 2
    assert "local, ray, slurm" in capsys.readouterr().err


RUNS = [PlannedRun(f"a{seed}", "a", seed, "") for seed in range(1, 8)]


def test_the_table_of_a_study_at_work() -> None:
    states = [
        RunState(RUNS[0], "finished"),
        RunState(RUNS[1], "running", progress=RunProgress(3, 10, 0.5)),
        RunState(RUNS[2], "failed", "the loss is not finite"),
        *(RunState(run, "waiting") for run in RUNS[3:]),
    ]
    console = Console(file=io.StringIO(), width=100)
    console.print(study_watch.runs_table("s", StudySnapshot(states, 125.0, {"a2": 1.5})))
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    assert "s: 1 finished, 1 running, 1 failed, 4 waiting; 2 min left" in drawn
    assert all(said in drawn for said in ("3/10", "0.5000", "1.50", "the loss is not finite"))
    assert drawn.count("waiting") == 1 + 3 + 1
    assert "and 1 more waiting" in drawn


def test_a_line_of_a_run_that_failed() -> None:
    outcome = Outcome(Call("a, seed 1", "", {}), problem="its process was killed (SIGKILL)")
    said = study_watch.run_line([outcome], StudySnapshot([RunState(RUNS[0], "stopped")], None))
    assert said == "failed: a, seed 1: its process was killed (SIGKILL) (1 stopped)"


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (59.9, "60 s"), (61, "1 min"), (3600, "1 h 00 min")])
def test_times(seconds: float, said: str) -> None:
    assert study_watch.spell_time(seconds) == said
