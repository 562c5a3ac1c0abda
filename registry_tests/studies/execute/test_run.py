"""Studies that are run, stopped, changed and run again."""

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

MakePlan = Callable[..., StudyPlan]
PLAIN_ARM = {"plain": {"aggregator": {"type": "none"}}}


class RecordingExecutor(Executor):
    """Executor that makes the calls in this process, except those that ``fails`` selects.

    Attributes:
        calls: names of all calls, in order.
    """

    def __init__(self, fails: Callable[[Call], bool] = lambda call: False) -> None:
        self.fails = fails
        self.calls: list[str] = []

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.calls.append(call.name)
            if self.fails(call):
                yield Outcome(call, problem="an intended failure")
            else:
                yield Outcome(call, **answer(call.request))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the study, which does not exist yet."""
    return tmp_path / "study"


def test_finished_runs_are_not_repeated(make_plan: MakePlan, folder: Path) -> None:
    first, plan = RecordingExecutor(), make_plan(arms=PLAIN_ARM, seeds=[1])
    outcome = run_study(plan, folder, first, StudyRequest("s"))
    assert first.calls == ["base, seed 1", "plain, seed 1"]
    assert (outcome.made, outcome.there, outcome.failed) == (2, 0, [])
    record = StudyReader(folder).read()
    assert record == outcome.record
    assert [state.state for state in run_states(StudyReader(folder), record)] == [FINISHED] * 2
    again = RecordingExecutor()
    outcome = run_study(plan, folder, again, StudyRequest("s"))
    assert (again.calls, outcome.made, outcome.there) == ([], 0, 2)


def test_only_the_runs_of_a_new_arm_and_a_new_seed_are_made(make_plan: MakePlan, folder: Path) -> None:
    run_study(make_plan(arms={}, seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    more = RecordingExecutor()
    run_study(make_plan(arms=PLAIN_ARM, seeds=[1, 2]), folder, more, StudyRequest("s"))
    assert more.calls == ["plain, seed 1", "base, seed 2", "plain, seed 2"]


def test_arms_of_the_same_config_share_their_runs(make_plan: MakePlan, folder: Path) -> None:
    executor = RecordingExecutor()
    outcome = run_study(make_plan(arms={"same": {"patch": {}}}, seeds=[1]), folder, executor, StudyRequest("s"))
    assert executor.calls == ["base, seed 1"]
    assert len({run.folder for run in outcome.record.runs}) == 1
    assert [run.arm for run in outcome.record.runs] == ["base", "same"]


def test_a_failed_run_is_retried_after_all_others(make_plan: MakePlan, folder: Path) -> None:
    plan = make_plan(arms=PLAIN_ARM, seeds=[1])
    executor = RecordingExecutor(lambda call: call.name == "base, seed 1")
    outcome = run_study(plan, folder, executor, StudyRequest("s"))
    assert executor.calls == ["base, seed 1", "plain, seed 1", "base, seed 1"]
    assert (outcome.made, [run.arm for run, _ in outcome.failed]) == (1, ["base"])
    repaired = RecordingExecutor()
    assert run_study(plan, folder, repaired, StudyRequest("s")).failed == []
    assert repaired.calls == ["base, seed 1"]


def test_the_outcome_has_the_reason_of_a_failure(make_plan: MakePlan, base: dict[str, Any], folder: Path) -> None:
    diverging = {"epochs": 4, "learning_rate": 1e30}
    plan = make_plan(base={**base, "training": diverging}, seeds=[1], retries=0)
    outcome = run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))
    assert "is not finite" in outcome.failed[0][1]


def test_outdated_runs_are_an_error_and_repeated_with_update(
    make_plan: MakePlan, base: dict[str, Any], folder: Path
) -> None:
    run_study(make_plan(arms=PLAIN_ARM, seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    changed = {**base, "training": {**base["training"], "learning_rate": 1e-3}}
    plan = make_plan(base=changed, arms=PLAIN_ARM, seeds=[1])
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(f"2 finished runs in {folder} are outdated by these changes. repeat")
    assert lines[1:] == [f"{arm}: training.learning_rate: (not given) -> 0.001" for arm in ("base", "plain")]
    executor = RecordingExecutor()
    outcome = run_study(plan, folder, executor, StudyRequest("s"), update=True)
    assert len(executor.calls) == 2
    assert len(list((folder / "runs").iterdir())) == 4
    assert all(
        json.loads((folder / run.folder / "config.json").read_text())["training"] == changed["training"]
        for run in outcome.record.runs
    )


def test_changed_data_and_changed_code_are_detected(
    make_plan: MakePlan, base: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(seeds=[1])
    run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))
    corpus = Path(base["dictionary"]["corpus"])
    corpus.write_text(corpus.read_text(encoding="utf-8") * 2, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"base: the content of {corpus} has changed"):
        run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))
    monkeypatch.setattr("spanreg.studies.execute.run.code_hash", lambda included: "another")
    with pytest.raises(ConfigurationError, match="the code has changed"):
        run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))


def test_another_study_may_use_a_folder_only_if_it_has_all_of_its_arms(make_plan: MakePlan, folder: Path) -> None:
    """Two shipped studies share base and baseline, and running one must not discard the runs of the other."""
    run_study(make_plan(arms=PLAIN_ARM, seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    other = make_plan(arms={"mean": {"aggregator": "mean_pool"}}, seeds=[1])
    with pytest.raises(ConfigurationError, match="the study 's' with runs of arms that 't' lacks: plain. name"):
        run_study(other, folder, RecordingExecutor(), StudyRequest("t"))
    assert StudyReader(folder).read().name == "s"
    # With all arms of the first study, only the new arm is run.
    both = make_plan(arms={**PLAIN_ARM, "mean": {"aggregator": "mean_pool"}}, seeds=[1])
    assert run_study(both, folder, RecordingExecutor(), StudyRequest("t")).made == 1
    # --update allows it, and the runs that exist are used.
    outcome = run_study(other, folder, RecordingExecutor(), StudyRequest("u"), update=True)
    assert (outcome.made, outcome.there) == (0, 2)


def test_a_half_written_plan_of_a_killed_driver_is_removed(make_plan: MakePlan, folder: Path) -> None:
    folder.mkdir()
    leftover = folder / ".plan.json.abc.part"
    leftover.write_text("{", encoding="utf-8")
    assert run_study(make_plan(seeds=[1]), folder, RecordingExecutor(), StudyRequest("s")).made == 1
    assert not leftover.exists()


def test_a_run_fails_if_its_data_change_after_the_study_started(
    make_plan: MakePlan, base: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Path(base["dictionary"]["corpus"])
    text = corpus.read_text(encoding="utf-8")

    def change_corpus(record: StudyRecord, outcomes: Sequence[Outcome]) -> None:
        if len(outcomes) == 1:
            corpus.write_text(text * 2, encoding="utf-8")

    plan = make_plan(arms={"mean": {"aggregator": "mean_pool"}}, seeds=[1], retries=0)
    outcome = run_study(plan, folder, RecordingExecutor(), StudyRequest("s"), watch=change_corpus)
    assert outcome.made == 1
    assert [run.arm for run, _ in outcome.failed] == ["mean"]
    assert f"changed since the study started: the content of {corpus}. undo the change" in outcome.failed[0][1]
    corpus.write_text(text, encoding="utf-8")
    assert run_study(plan, folder, RecordingExecutor(), StudyRequest("s")).made == 1


@pytest.mark.parametrize("arms", [{}, {"other": {"data": {"type": "demo", "limit": 9}}}], ids=["all", "two data"])
def test_a_split_that_is_not_scored_is_reported_before_any_run(
    make_plan: MakePlan, folder: Path, arms: dict[str, Any]
) -> None:
    executor = RecordingExecutor()
    plan = make_plan(arms=arms, seeds=[1])
    plan.study.split = "test"  # As if the data had been missing when the study was planned.
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, executor, StudyRequest("s"))
    assert [str(problem) for problem in raised.value.problems] == [
        f"split: there is no scored split 'test' in: {name}. scored splits: validation" for name in ["base", *arms]
    ]
    assert executor.calls == []
    assert not (folder / "plan.json").exists()


def test_unreadable_data_are_reported_before_any_run(
    make_plan: MakePlan, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANREG_GLUE_DIR", str(tmp_path))
    (tmp_path / "cola").mkdir()
    for split in ("train", "validation"):
        (tmp_path / "cola" / f"{split}.parquet").write_bytes(b"no parquet")
    missing = tmp_path / "none.csv"
    files = {"train": str(missing), "validation": str(missing)}
    arms = {
        "broken": {"data": {"type": "glue", "task": "cola"}},
        "gone": {"data": {"type": "csv", "files": files, "labels": ["a", "b"]}},
    }
    executor = RecordingExecutor()
    # The file exists while the study is planned, since the plan checks that it does.
    missing.touch()
    plan = make_plan(arms=arms, seeds=[1])
    missing.unlink()
    with pytest.raises(ConfigurationError) as raised:
        run_study(plan, folder, executor, StudyRequest("s"))
    assert [problem.path for problem in raised.value.problems] == ["data", "data.files.train"]
    assert executor.calls == []
    assert not (folder / "plan.json").exists()


def test_a_deleted_run_is_repeated_with_the_same_predictions(make_plan: MakePlan, folder: Path) -> None:
    plan = make_plan(seeds=[1])
    outcome = run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))
    path = folder / outcome.record.runs[0].folder
    before = (path / "predictions" / "validation.jsonl").read_bytes()
    path.rename(folder.parent / "moved away")
    assert run_study(plan, folder, RecordingExecutor(), StudyRequest("s")).made == 1
    assert (path / "predictions" / "validation.jsonl").read_bytes() == before, (
        "a run is reproducible from config and seed"
    )


def test_a_second_driver_of_a_study_is_an_error(make_plan: MakePlan, folder: Path) -> None:
    plan = make_plan(seeds=[1])
    with locked(folder / ".lock"), pytest.raises(ConfigurationError, match="another process is running the study"):
        run_study(plan, folder, RecordingExecutor(), StudyRequest("s"))


def test_folders_of_other_content_are_refused(make_plan: MakePlan, base: dict[str, Any], folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="contains files that are not a study's"):
        run_study(make_plan(seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    (folder / "letter.txt").unlink()
    outcome = run_study(make_plan(seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    other = make_plan(base={**base, "aggregator": "none"}, base_name="other", seeds=[1])
    with pytest.raises(ConfigurationError, match="holds the study 's' with runs of arms that 't' lacks: base. name"):
        run_study(other, folder, RecordingExecutor(), StudyRequest("t"))
    shared = make_plan(base_name=None, arms={"other": PLAIN_ARM["plain"]}, seeds=[1])
    with pytest.raises(ConfigurationError, match="holds the study 's' with runs of arms that 's' lacks: base. name"):
        run_study(shared, folder, RecordingExecutor(), StudyRequest("s"))
    plan = folder / "plan.json"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace('"format": 1', '"format": 99'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has the layout 99, this version writes 1"):
        run_study(make_plan(seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    plan.write_text(text[:100], encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is damaged"):
        run_study(make_plan(seeds=[1]), folder, RecordingExecutor(), StudyRequest("s"))
    assert outcome.made == 1


def test_an_impossible_config_is_tried_once_and_reported_once(
    make_plan: MakePlan, base: dict[str, Any], folder: Path
) -> None:
    impossible = {**base, "training": {**base["training"], "max_tokens": 4096}}
    plan = make_plan(base=impossible, arms=PLAIN_ARM, seeds=[1, 2], retries=3)
    executor = RecordingExecutor()
    outcome = run_study(plan, folder, executor, StudyRequest("s"))
    assert sorted(executor.calls) == ["base, seed 1", "base, seed 2", "plain, seed 1", "plain, seed 2"]
    (line,) = failures(outcome)
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
def test_only_temporary_errors_are_retried(
    cause: Exception | None, final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ConfigurationError("cannot be done").under("data") from cause

    monkeypatch.setattr("spanreg.executors.worker.fail", fail, raising=False)
    reply = answer({"function": "spanreg.executors.worker:fail", "arguments": {}})
    assert reply == {"problem": "data: cannot be done", "final": final}
