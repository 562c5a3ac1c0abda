"""``spanreg study``: output and mistakes of the actions with simulated runs, and the table of a running study."""

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
    """Return the path of a study whose runs are written without training."""
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    path = tmp_path / "pooling.jsonnet"
    path.write_text(STUDY, encoding="utf-8")
    return str(path)


def test_a_study_is_planned_run_inspected_and_its_best_arm_chosen(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "study")
    assert main(["study", "plan", file]) == 0
    assert "2 arms, 4 runs; compared with 'base'" in capsys.readouterr().out
    assert main(["study", "run", file, "-s", folder, "--json"]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out) == {"made": 4, "there": 0, "failed": []}
    # Any number: when the line is printed, the worker may have started or even finished the next run.
    assert re.search(r"^finished: base, seed 1 \(\d finished", output.err, re.MULTILINE)
    assert output.err.rstrip().endswith("finished: mean, seed 2 (4 finished)")
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
    # A function that does not exist fails every run.
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:nothing")
    assert main(["study", "run", file, "-s", str(tmp_path / "study"), "--set", "seeds=[1]"]) == 1
    output = capsys.readouterr()
    problem = "AttributeError: module 'spanreg.benchmarks.harness.pretended' has no attribute 'nothing'"
    assert output.out.splitlines()[1:] == [f"not finished: {arm}, seed 1: {problem}" for arm in ("base", "mean")]
    assert "failed: base, seed 1: AttributeError" in output.err


@pytest.mark.parametrize(
    ("arguments", "message"),
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
def test_mistakes_make_no_folder(
    arguments: list[str], message: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    paths = {"FILE": file, "DIR": str(folder)}
    assert main(["study", *(paths.get(argument, argument) for argument in arguments)]) == 2
    assert capsys.readouterr().err.startswith(message.replace("DIR", str(folder)))
    assert not folder.exists()


def test_the_message_about_an_unknown_executor_lists_the_registered_ones(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "run", file, "-s", "x", "--executor", "cloud"]) == 2
    assert "local, ray, slurm" in capsys.readouterr().err


RUNS = [PlannedRun(f"a{seed}", "a", seed, "") for seed in range(1, 8)]


def test_the_table_of_a_running_study_has_steps_scores_and_problems() -> None:
    states = [
        RunState(RUNS[0], "finished"),
        RunState(RUNS[1], "running", progress=RunProgress(3, 10, 0.5)),
        RunState(RUNS[2], "failed", "the loss is not finite"),
        *(RunState(run, "waiting") for run in RUNS[3:]),
    ]
    console = Console(file=io.StringIO(), width=100)
    console.print(study_watch.runs_table("s", StudySnapshot(states, 125.0, {"a2": 1.5})))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "s: 1 finished, 1 running, 1 failed, 4 waiting; 2 min left" in text
    assert all(cell in text for cell in ("3/10", "0.5000", "1.50", "the loss is not finite"))
    assert text.count("waiting") == 1 + 3 + 1  # title, rows of waiting runs, number of further ones
    assert "and 1 more waiting" in text


def test_texts_of_the_table_of_a_running_study_are_shown_literally() -> None:
    run = PlannedRun("id", "arm [a]\x9b", 1, "")
    console = Console(file=io.StringIO(), width=100)
    console.print(study_watch.runs_table("s[/x]", StudySnapshot([RunState(run, "failed", "write [text]\x1b")], None)))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(shown in text for shown in ("s[/x]: 1 failed", "arm [a]\ufffd", "write [text]␛"))


def test_the_line_of_a_failed_run_has_its_problem() -> None:
    outcome = Outcome(Call("a, seed 1", "", {}), problem="its process was killed (SIGKILL)")
    line = study_watch.run_line([outcome], StudySnapshot([RunState(RUNS[0], "stopped")], None))
    assert line == "failed: a, seed 1: its process was killed (SIGKILL) (1 stopped)"


@pytest.mark.parametrize(("seconds", "text"), [(40, "40 s"), (59.9, "60 s"), (61, "1 min"), (3600, "1 h 00 min")])
def test_times_are_spelled_in_seconds_minutes_and_hours(seconds: float, text: str) -> None:
    assert study_watch.spell_time(seconds) == text
