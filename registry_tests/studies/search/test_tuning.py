"""Tuning every arm with the same budget: a stopped search resumes, and the report compares before and after."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.executors import Call, Outcome
from spanreg.executors.worker import answer
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.tuning import expected_best
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader, StudyWriter
from spanreg.studies.execute.run import StudyRequest, record_of, run_study
from spanreg.studies.report.facts import report_facts
from spanreg.studies.search.found_arms import with_found_arms
from spanreg.studies.search.search import tune_arms

MakePlan = Callable[..., StudyPlan]
SPACE = {"training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "aggregator.kernel_size": [1, 3]}
SEARCH = {"space": SPACE, "each_arm": True, "trials": 2, "prune": False}


class LimitedExecutor(InProcessExecutor):
    """Executor whose calls fail once it has made ``limit`` of them."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.calls += 1
            if self.calls > self.limit:
                yield Outcome(call, problem="the machine is gone")
            else:
                yield Outcome(call, **answer(call.request))


@pytest.mark.parametrize("greater_is_better", [True, False])
def test_the_expected_best_is_the_mean_over_all_draws(greater_is_better: bool) -> None:
    values = [0.3, 0.9, 0.5, 0.5]
    best = max if greater_is_better else min
    # The mean of the best of 1 to 4 values, over all draws with replacement.
    expected = [np.mean([best(draw) for draw in itertools.product(values, repeat=draws)]) for draws in range(1, 5)]
    assert expected_best(values, greater_is_better=greater_is_better) == pytest.approx(expected)
    assert expected_best([]) == []


def test_each_arm_is_tuned_with_the_same_budget(
    make_plan: MakePlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = {"plain": {"aggregator": "none"}, "same": {"aggregator": {"type": "none"}}}
    plan, folder = make_plan(arms=arms, seeds=[1], reserve=0.5, search=SEARCH), tmp_path / "s"
    assert [arm.name for arm in with_found_arms(plan, folder).arms] == ["base", "plain", "same"]
    # The search stops after the first arm, and resumes.
    with pytest.raises(ConfigurationError, match="arm 'plain': the search stopped after 0 of 2 trials: the machine is"):
        tune_arms(plan, folder, LimitedExecutor(1), StudyRequest("s"))
    resumed = InProcessExecutor()
    found = tune_arms(plan, folder, resumed, StudyRequest("s"))
    assert resumed.calls == 1, "the first arm keeps its trials, and arms of one config share trials"
    assert {len(result.trials) for result in found.values()} == {2}
    assert found["plain"] == found["same"]
    assert [*found["plain"].best.setting] == ["training.learning_rate"]
    idle = InProcessExecutor()
    assert tune_arms(plan, folder, idle, StudyRequest("s")) == found
    assert idle.calls == 0
    tuned_plan = with_found_arms(plan, folder)
    assert [arm.name for arm in tuned_plan.arms][3:] == ["base (tuned)", "plain (tuned)", "same (tuned)"]
    tuned = tuned_plan.arm("plain (tuned)")
    assert (tuned.seeds, tuned.tags, tuned.tuned_from) == ((1,), ("tuned",), "plain")
    assert tuned.config["training"]["learning_rate"] == found["plain"].best.setting["training.learning_rate"]
    run_study(tuned_plan, folder, InProcessExecutor(), StudyRequest("s"))
    results = read_results(StudyReader(folder))
    assert [(arm.name, arm.against) for arm in results.arms] == [
        ("base", None),
        ("plain", "base"),
        ("same", "base"),
        ("base (tuned)", None),
        ("plain (tuned)", "base (tuned)"),
        ("same (tuned)", "base (tuned)"),
    ]
    assert not results.several_tasks
    facts = report_facts(results)["tuning"]
    assert (facts[1]["arm"], facts[1]["tuned"], facts[1]["budget"]) == ("plain", "plain (tuned)", 2)
    assert facts[0]["tuned_difference"] is None
    assert facts[1]["tuned_difference"] == pytest.approx(facts[1]["tuned_mean"] - facts[0]["tuned_mean"])
    assert len(facts[1]["best_after"]) == facts[1]["states"]["finished"] == 2
    assert main(["study", "pack", str(folder), "-o", str(tmp_path / "s.zip")]) == 0
    capsys.readouterr()
    assert main(["report", str(tmp_path / "s.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tuning"] == json.loads(json.dumps(facts))
    assert main(["verify", str(folder)]) == 0


def test_outdated_settings_do_not_become_arms(
    make_plan: MakePlan, base: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, search={**SEARCH, "trials": 1})
    tune_arms(plan, tmp_path / "s", InProcessExecutor(), StudyRequest("s"))
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    assert len(with_found_arms(plan, tmp_path / "s").arms) == 2
    assert "do not have these arms as they are now" in caplog.text


def test_a_search_of_the_base_on_several_tasks_is_reported(
    make_plan: MakePlan, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = {"a": {"limit": 16}, "b": {"limit": 32}}
    make_plan(tasks=tasks, search=SEARCH)
    make_plan(search={**SEARCH, "each_arm": False})
    assert not caplog.text
    make_plan(tasks=tasks, search={**SEARCH, "each_arm": False})
    assert "so the setting that it finds is compared with no arm of the tasks" in caplog.text


def test_lost_results_of_searches_are_reported(
    make_plan: MakePlan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = record_of(make_plan(arms={"base (tuned)": {"aggregator": "none"}}), StudyRequest("s"), None)
    (tmp_path / "s").mkdir()
    StudyWriter(tmp_path / "s").write(found)
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, search=SEARCH)
    assert with_found_arms(plan, tmp_path / "s").arms == plan.arms
    assert "leave the study: base (tuned)" in caplog.text


def test_a_damaged_result_is_reported_with_its_fix(make_plan: MakePlan, tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "tuned.json").write_text('{"arms": [{"arm": 3}]}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"tuned\.json is damaged: .*remove it, and search again"):
        with_found_arms(make_plan(search=SEARCH), tmp_path)
