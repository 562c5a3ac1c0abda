"""A study that is run, stopped, changed and run again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.rendering.study_watch import failures
from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer
from spanreg.registry import ConfigurationError
from spanreg.storage import locked
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import FINISHED, run_states
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest, run_study

Make = Callable[..., StudyPlan]
PLAIN = {"plain": {"aggregator": {"type": "none"}}}


class Here(Executor):
    """Makes the calls in this process; fails where it is told to."""

    def __init__(self, fails: Callable[[Call], bool] = lambda call: False) -> None:
        self.fails = fails
        self.made: list[str] = []

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.made.append(call.name)
            if self.fails(call):
                yield Outcome(call, problem="it was told to fail")
            else:
                yield Outcome(call, **answer(call.request))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "study"


def test_finished_runs_are_never_made_again(make_plan: Make, folder: Path) -> None:
    first, plan = Here(), make_plan(arms=PLAIN, seeds=[1])
    end = run_study(plan, folder, first, StudyRequest("s"))
    assert first.made == ["base, seed 1", "plain, seed 1"]
    assert (end.made, end.there, end.failed) == (2, 0, [])
    record = StudyReader(folder).read()
    assert record == end.record
    assert [state.state for state in run_states(StudyReader(folder), record)] == [FINISHED] * 2
    again = Here()
    end = run_study(plan, folder, again, StudyRequest("s"))
    assert (again.made, end.made, end.there) == ([], 0, 2)


def test_a_new_arm_and_a_new_seed_are_added(make_plan: Make, folder: Path) -> None:
    run_study(make_plan(arms={}, seeds=[1]), folder, Here(), StudyRequest("s"))
    more = Here()
    run_study(make_plan(arms=PLAIN, seeds=[1, 2]), folder, more, StudyRequest("s"))
    assert more.made == ["plain, seed 1", "base, seed 2", "plain, seed 2"]


def test_arms_of_the_same_config_share_their_runs(make_plan: Make, folder: Path) -> None:
    executor = Here()
    end = run_study(make_plan(arms={"same": {"patch": {}}}, seeds=[1]), folder, executor, StudyRequest("s"))
    assert executor.made == ["base, seed 1"]
    assert len({run.folder for run in end.record.runs}) == 1
    assert [run.arm for run in end.record.runs] == ["base", "same"]


def test_a_failed_run_is_tried_again_at_the_end_and_stops_no_other(make_plan: Make, folder: Path) -> None:
    plan = make_plan(arms=PLAIN, seeds=[1])
    executor = Here(lambda call: call.name == "base, seed 1")
    end = run_study(plan, folder, executor, StudyRequest("s"))
    assert executor.made == ["base, seed 1", "plain, seed 1", "base, seed 1"]
    assert (end.made, [run.arm for run, _ in end.failed]) == (1, ["base"])
    mended = Here()
    assert run_study(plan, folder, mended, StudyRequest("s")).failed == []
    assert mended.made == ["base, seed 1"]


def test_the_reason_of_a_failure_is_kept(make_plan: Make, base: dict[str, Any], folder: Path) -> None:
    plan = make_plan(base={**base, "training": {"epochs": 4, "learning_rate": 1e30}}, seeds=[1], retries=0)
    end = run_study(plan, folder, Here(), StudyRequest("s"))
    assert "is not finite" in end.failed[0][1]


def test_stale_runs_are_never_mixed_in(make_plan: Make, base: dict[str, Any], folder: Path) -> None:
    run_study(make_plan(arms=PLAIN, seeds=[1]), folder, Here(), StudyRequest("s"))
    changed = {**base, "training": {**base["training"], "learning_rate": 1e-3}}
    plan = make_plan(base=changed, arms=PLAIN, seeds=[1])
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, Here(), StudyRequest("s"))
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(f"2 finished runs in {folder} are outdated by these changes. repeat")
    assert lines[1:] == [f"{arm}: training.learning_rate: (not given) -> 0.001" for arm in ("base", "plain")]
    executor = Here()
    end = run_study(plan, folder, executor, StudyRequest("s"), update=True)
    assert len(executor.made) == 2
    assert len(list((folder / "runs").iterdir())) == 4
    assert all(
        json.loads((folder / run.folder / "config.json").read_text())["training"] == changed["training"]
        for run in end.record.runs
    )


def test_changed_data_and_changed_code_are_seen(
    make_plan: Make, base: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(seeds=[1])
    run_study(plan, folder, Here(), StudyRequest("s"))
    corpus = Path(base["dictionary"]["corpus"])
    corpus.write_text(corpus.read_text(encoding="utf-8") * 2, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"base: the content of {corpus} has changed"):
        run_study(plan, folder, Here(), StudyRequest("s"))
    monkeypatch.setattr("spanreg.studies.execute.run.code_hash", lambda included: "another")
    with pytest.raises(ConfigurationError, match="the code has changed"):
        run_study(plan, folder, Here(), StudyRequest("s"))


def test_a_study_of_another_name_takes_a_folder_only_if_nothing_of_it_is_left_out(
    make_plan: Make, folder: Path
) -> None:
    """Two shipped studies share base and baseline: the one must not push the runs of the other aside."""
    run_study(make_plan(arms=PLAIN, seeds=[1]), folder, Here(), StudyRequest("s"))
    other = make_plan(arms={"mean": {"aggregator": "mean_pool"}}, seeds=[1])
    with pytest.raises(ConfigurationError, match="the study 's' with runs of arms that 't' lacks: plain. name"):
        run_study(other, folder, Here(), StudyRequest("t"))
    assert StudyReader(folder).read().name == "s"
    both = make_plan(arms={**PLAIN, "mean": {"aggregator": "mean_pool"}}, seeds=[1])
    assert run_study(both, folder, Here(), StudyRequest("t")).made == 1
    end = run_study(other, folder, Here(), StudyRequest("u"), update=True)
    assert (end.made, end.there) == (0, 2)


def test_a_driver_killed_over_its_plan_leaves_a_folder_to_go_on_in(make_plan: Make, folder: Path) -> None:
    folder.mkdir()
    leftover = folder / ".plan.json.abc.part"
    leftover.write_text("{", encoding="utf-8")
    assert run_study(make_plan(seeds=[1]), folder, Here(), StudyRequest("s")).made == 1
    assert not leftover.exists()


def test_what_changes_between_plan_and_run_is_not_filed_under_the_plan(
    make_plan: Make, base: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Path(base["dictionary"]["corpus"])
    text = corpus.read_text(encoding="utf-8")

    def change(record: StudyRecord, outcomes: Sequence[Outcome]) -> None:
        if len(outcomes) == 1:
            corpus.write_text(text * 2, encoding="utf-8")

    plan = make_plan(arms={"mean": {"aggregator": "mean_pool"}}, seeds=[1], retries=0)
    end = run_study(plan, folder, Here(), StudyRequest("s"), watch=change)
    assert end.made == 1
    assert [run.arm for run, _ in end.failed] == ["mean"]
    assert f"changed since the study started: the content of {corpus}. undo the change" in end.failed[0][1]
    corpus.write_text(text, encoding="utf-8")
    assert run_study(plan, folder, Here(), StudyRequest("s")).made == 1


@pytest.mark.parametrize("arms", [{}, {"other": {"data": {"type": "demo", "limit": 9}}}], ids=["all", "two data"])
def test_a_split_that_is_not_scored_is_told_before_anything_is_made(
    make_plan: Make, folder: Path, arms: dict[str, Any]
) -> None:
    executor = Here()
    plan = make_plan(arms=arms, seeds=[1])
    plan.study.split = "test"  # as of data that were not there when it was planned
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, executor, StudyRequest("s"))
    assert [str(problem) for problem in raised.value.problems] == [
        f"split: there is no scored split 'test' in: {name}. scored splits: validation" for name in ["base", *arms]
    ]
    assert executor.made == []
    assert not (folder / "plan.json").exists()


def test_data_that_cannot_be_read_end_a_study_before_any_run(
    make_plan: Make, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANREG_GLUE_DIR", str(tmp_path))
    (tmp_path / "cola").mkdir()
    for split in ("train", "validation"):
        (tmp_path / "cola" / f"{split}.parquet").write_bytes(b"no parquet")
    files = {"train": str(tmp_path / "none.csv")}
    arms = {
        "broken": {"data": {"type": "glue", "task": "cola"}},
        "gone": {"data": {"type": "csv", "files": {**files, "validation": files["train"]}, "labels": ["a", "b"]}},
    }
    executor = Here()
    Path(files["train"]).touch()
    plan = make_plan(arms=arms, seeds=[1])
    Path(files["train"]).unlink()
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, executor, StudyRequest("s"))
    assert [problem.path for problem in raised.value.problems] == ["data", "data.files.train"]
    assert executor.made == []
    assert not (folder / "plan.json").exists()


def test_a_deleted_run_folder_is_made_again(make_plan: Make, folder: Path) -> None:
    plan = make_plan(seeds=[1])
    end = run_study(plan, folder, Here(), StudyRequest("s"))
    path = folder / end.record.runs[0].folder
    before = (path / "predictions" / "validation.jsonl").read_bytes()
    path.rename(folder.parent / "moved away")
    assert run_study(plan, folder, Here(), StudyRequest("s")).made == 1
    assert (path / "predictions" / "validation.jsonl").read_bytes() == before, "same config and seed, same bits"


def test_a_second_driver_is_refused(make_plan: Make, folder: Path) -> None:
    plan = make_plan(seeds=[1])
    with locked(folder / ".lock"), pytest.raises(ConfigurationError, match="another process is running the study"):
        run_study(plan, folder, Here(), StudyRequest("s"))


def test_folders_that_are_not_this_studys(make_plan: Make, base: dict[str, Any], folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="contains files that are not a study's"):
        run_study(make_plan(seeds=[1]), folder, Here(), StudyRequest("s"))
    (folder / "letter.txt").unlink()
    end = run_study(make_plan(seeds=[1]), folder, Here(), StudyRequest("s"))
    other = make_plan(base={**base, "aggregator": "none"}, base_name="other", seeds=[1])
    with pytest.raises(ConfigurationError, match="holds the study 's' with runs of arms that 't' lacks: base. name"):
        run_study(other, folder, Here(), StudyRequest("t"))
    shared = make_plan(base_name=None, arms={"other": PLAIN["plain"]}, seeds=[1])
    with pytest.raises(ConfigurationError, match="holds the study 's' with runs of arms that 's' lacks: base. name"):
        run_study(shared, folder, Here(), StudyRequest("s"))
    plan = folder / "plan.json"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace('"format": 1', '"format": 99'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has the layout 99, this version writes 1"):
        run_study(make_plan(seeds=[1]), folder, Here(), StudyRequest("s"))
    plan.write_text(text[:100], encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is damaged"):
        run_study(make_plan(seeds=[1]), folder, Here(), StudyRequest("s"))
    assert end.made == 1


def test_what_the_config_makes_impossible_is_tried_once_and_printed_once(
    make_plan: Make, base: dict[str, Any], folder: Path
) -> None:
    impossible = {**base, "training": {**base["training"], "max_tokens": 4096}}
    plan = make_plan(base=impossible, arms=PLAIN, seeds=[1, 2], retries=3)
    executor = Here()
    end = run_study(plan, folder, executor, StudyRequest("s"))
    assert sorted(executor.made) == ["base, seed 1", "base, seed 2", "plain, seed 1", "plain, seed 2"]
    (line,) = failures(end)
    assert line.startswith("not finished: base, seeds 1, 2; plain, seeds 1, 2: training.max_tokens: 4096 tokens are")


@pytest.mark.parametrize(
    ("cause", "final"),
    [
        (None, True),
        (ValueError("is damaged"), True),
        (FileNotFoundError(2, "No such file"), True),
        (OSError(28, "No space left on device"), False),
        (ConnectionError("the hub is out of reach"), False),
        (MemoryError(), False),
        (RuntimeError("out of memory"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(
    cause: Exception | None, final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ConfigurationError("cannot be done").under("data") from cause

    monkeypatch.setattr("spanreg.executors.worker.fail", fail, raising=False)
    answered = answer({"function": "spanreg.executors.worker:fail", "arguments": {}})
    assert answered == {"problem": "data: cannot be done", "final": final}
