"""Settings that are compared over the tasks of a study, and the key ``tasks`` of a study file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.analyse.tasks.over_tasks import over_tasks
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.formats.document import report_from, spell_document

TASKS = ("cola", "rte", "mrpc")
WRONG = {"plain": 0.4, "cnn": 0.2, "flat": 0.3}
"Share of wrong predictions by aggregator."
GOLD = np.random.default_rng(0).integers(2, size=60)


def predictions(wrong: float, seed: int, size: int) -> list[int]:
    """Return predictions of the first ``size`` examples, of which a share is wrong."""
    flipped = np.random.default_rng(seed).permutation(size) < round(wrong * size)
    return np.where(flipped, 1 - GOLD[:size], GOLD[:size]).tolist()


@pytest.fixture(scope="module")
def results(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> StudyResults:
    """Return the results of a study of three settings on three tasks; the last setting lacks one task."""
    names = {(task, kind): f"data.task={task},aggregator={kind}" for task in TASKS for kind in WRONG}
    choices = {name: {"choice": {"data.task": task, "aggregator": kind}} for (task, kind), name in names.items()}
    late = names.pop(("mrpc", "flat"))
    size = {task: 60 - 5 * place for place, task in enumerate(TASKS)}
    by_arm = {
        name: {seed: predictions(WRONG[kind], 10 * seed + len(kind), size[task]) for seed in (1, 2, 3)}
        for (task, kind), name in names.items()
    }
    folder = make_study_in(
        tmp_path_factory.mktemp("tasks"),
        by_arm,
        [],
        arms=choices,
        golds={name: GOLD[: size[task]].tolist() for (task, _), name in names.items()},
        tasks={
            name: Task(task, "classification", ("n", "y"), ("accuracy",), False) for (task, _), name in names.items()
        },
        unfinished={(late, 1): {"state": "failed", "problem": "boom"}},
    )
    return read_results(StudyReader(folder))


def test_tasks_on_the_same_data_set_have_the_names_of_the_study_file(make_study: Callable[..., Path]) -> None:
    size = {"small": 20, "large": 40}
    names = {f"{arm} on {task}": (arm, task) for task in size for arm in ("plain", "cnn")}
    folder = make_study(
        {name: {1: predictions(WRONG[arm], len(arm), size[task])} for name, (arm, task) in names.items()},
        [],
        arms={name: {"setting": arm, "task": task} for name, (arm, task) in names.items()},
        golds={name: GOLD[: size[task]].tolist() for name, (_, task) in names.items()},
    )
    facts = report_facts(read_results(StudyReader(folder)))
    assert {arm["name"]: arm["task"] for arm in facts["arms"]} == {name: task for name, (_, task) in names.items()}


def test_settings_that_are_finished_on_every_task_are_compared(results: StudyResults) -> None:
    found = over_tasks(results)
    assert found is not None
    assert (found.tasks, found.metrics) == (TASKS, ("accuracy",) * 3)
    assert [setting.name for setting in found.settings] == ["aggregator=plain", "aggregator=cnn"]
    assert found.baseline == "aggregator=plain"
    assert [setting.average_rank for setting in found.settings] == [2.0, 1.0]
    plain, cnn = found.settings
    assert plain.improvement is None
    assert cnn.improvement is not None
    assert (cnn.improvement.value, cnn.improvement.low) == (1.0, 1.0)
    assert cnn.arms == tuple(f"data.task={task},aggregator=cnn" for task in TASKS)
    assert cnn.means == pytest.approx([results.arm(name).mean for name in cnn.arms])
    assert found.left_out == ("aggregator=flat",)


def test_the_report_ranks_settings_over_tasks(results: StudyResults) -> None:
    facts = report_facts(results)
    assert facts["over_tasks"]["ranks"]["average_ranks"] == (2.0, 1.0)
    text = spell_document(report_from(facts, ["md"]), "md").partition("### Over tasks")[2]
    assert text.index("aggregator=cnn | 1.00 | 80.00") < text.index("aggregator=plain | 2.00 | 60.00")
    assert "With fewer than 5 tasks" in text
    assert "Not finished on every task: aggregator=flat." in text


def test_a_study_of_one_task_has_no_comparison_over_tasks(make_study: Callable[..., Path]) -> None:
    by_arm = {arm: {1: predictions(wrong, 1, 60)} for arm, wrong in WRONG.items()}
    assert over_tasks(read_results(StudyReader(make_study(by_arm, GOLD.tolist())))) is None


def test_tasks_of_a_study_file_multiply_its_arms(make_plan: Callable[..., StudyPlan]) -> None:
    patches: dict[str, Any] = {"small": {"limit": 16}, "large": {"limit": 64}}
    arms = {"plain": {"patch": {"aggregator": "none"}, "seeds": [7], "tags": ["control"]}}
    plan = make_plan(tasks=patches, arms=arms, baseline="plain", base_name="spans")
    assert [arm.name for arm in plan.arms] == [
        "spans on small",
        "plain on small",
        "spans on large",
        "plain on large",
    ]
    assert plan.baseline == "plain on small"
    assert [arm.config["data"]["limit"] for arm in plan.arms] == [16, 16, 64, 64]
    assert [arm.setting for arm in plan.arms] == ["spans", "plain", "spans", "plain"]
    assert (plan.arms[1].seeds, plan.arms[1].tags) == ((7,), ("control",))


def test_a_list_of_tasks_sets_the_task_of_the_data(make_plan: Callable[..., StudyPlan], base: dict[str, Any]) -> None:
    base["data"] = {"type": "glue", "task": "rte"}
    plan = make_plan(tasks=["rte", "mrpc"])
    assert [arm.config["data"]["task"] for arm in plan.arms] == ["rte", "mrpc"]


@pytest.mark.parametrize(
    ("tasks", "problem"),
    [
        ([], "the list is empty"),
        (["rte", "rte"], "tasks.1: the task 'rte' is given twice"),
        ({"rte": "rte"}, "expected an object"),
        ({"rte": {"taks": "rte"}}, "tasks.rte.taks: is not an argument of DemoReader"),
    ],
)
def test_invalid_tasks_are_reported_at_their_key(make_plan: Callable[..., StudyPlan], tasks: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as caught:
        make_plan(tasks=tasks)
    assert all(mistake.path.startswith("tasks") for mistake in caught.value.problems)


def test_tasks_with_the_same_test_examples_are_separate(make_study: Callable[..., Path]) -> None:
    """Tasks may differ only in their training data."""
    data = {"all": {"type": "demo"}, "few": {"type": "demo", "few": 4}}
    arms = {
        f"{arm} on {task}": {
            "setting": arm,
            "task": task,
            "config": {"data": data[task], "aggregator": {"type": "none" if arm == "plain" else "mean_pool"}},
        }
        for task in data
        for arm in ("plain", "spans")
    }
    folder = make_study(
        {name: {1: [1, 0, 1], 2: [1, 1, 1]} for name in arms},
        [1, 0, 1],
        arms=arms,
        plan={"baseline": "plain on few"},
    )
    found = read_results(StudyReader(folder))
    assert found.several_tasks
    against = {arm.name: arm.against for arm in found.arms}
    assert against == {
        "plain on all": None,
        "spans on all": "plain on all",
        "plain on few": None,
        "spans on few": "plain on few",
    }
