"""Every arm tuned with the same budget: resumed, repeated without work, reported before and after."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.tuning import expected_best
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.report.facts import report_facts
from spanreg.studies.search.found_arms import with_found_arms
from spanreg.studies.search.search import tune_arms

Make = Callable[..., StudyPlan]
SPACE = {"training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "aggregator.kernel_size": [1, 3]}
SEARCH = {"space": SPACE, "each_arm": True, "trials": 2, "prune": False}


class Here(Executor):
    """Makes the calls in this process, up to a number of them."""

    def __init__(self, most: int = 99) -> None:
        self.most = most
        self.calls = 0

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            self.calls += 1
            if self.calls > self.most:
                yield Outcome(call, problem="the machine is gone")
            else:
                yield Outcome(call, **answer(call.request))


@pytest.mark.parametrize("greater_is_better", [True, False])
def test_the_expected_best_is_that_of_all_draws(greater_is_better: bool) -> None:
    values = [0.3, 0.9, 0.5, 0.5]
    best = max if greater_is_better else min
    brute = [np.mean([best(draw) for draw in itertools.product(values, repeat=k)]) for k in range(1, 5)]
    assert expected_best(values, greater_is_better=greater_is_better) == pytest.approx(brute)
    assert expected_best([]) == []


def test_each_arm_is_tuned_with_the_same_budget(
    make_plan: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = {"plain": {"aggregator": "none"}, "same": {"aggregator": {"type": "none"}}}
    plan, folder = make_plan(arms=arms, seeds=[1], reserve=0.5, search=SEARCH), tmp_path / "s"
    assert [arm.name for arm in with_found_arms(plan, folder).arms] == ["base", "plain", "same"]
    # Stopped after the first arm, and continued.
    with pytest.raises(ConfigurationError, match="arm 'plain': the search stopped after 0 of 2 trials: the machine is"):
        tune_arms(plan, folder, Here(most=1), StudyRequest("s"))
    second = Here()
    found = tune_arms(plan, folder, second, StudyRequest("s"))
    assert second.calls == 1, "the trials of the first arm are kept, and arms of one config share theirs"
    assert {len(result.trials) for result in found.values()} == {2}
    assert found["plain"] == found["same"]
    assert [*found["plain"].best.setting] == ["training.learning_rate"]
    idle = Here()
    assert tune_arms(plan, folder, idle, StudyRequest("s")) == found
    assert idle.calls == 0
    whole = with_found_arms(plan, folder)
    assert [arm.name for arm in whole.arms][3:] == ["base (tuned)", "plain (tuned)", "same (tuned)"]
    tuned = whole.arm("plain (tuned)")
    assert (tuned.seeds, tuned.tags, tuned.tuned_from) == ((1,), ("tuned",), "plain")
    assert tuned.config["training"]["learning_rate"] == found["plain"].best.setting["training.learning_rate"]
    run_study(whole, folder, Here(), StudyRequest("s"))
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
    assert [(one["arm"], one["tuned"], one["budget"]) for one in facts][1] == ("plain", "plain (tuned)", 2)
    assert facts[0]["tuned_difference"] is None
    assert facts[1]["tuned_difference"] == pytest.approx(facts[1]["tuned_mean"] - facts[0]["tuned_mean"])
    assert len(facts[1]["best_after"]) == facts[1]["states"]["finished"] == 2
    assert main(["study", "pack", str(folder), "-o", str(tmp_path / "s.zip")]) == 0
    capsys.readouterr()
    assert main(["report", str(tmp_path / "s.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tuning"] == json.loads(json.dumps(facts))
    assert main(["verify", str(folder)]) == 0


def test_settings_of_other_data_are_no_arms(
    make_plan: Make, base: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, search={**SEARCH, "trials": 1})
    tune_arms(plan, tmp_path / "s", Here(), StudyRequest("s"))
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    assert len(with_found_arms(plan, tmp_path / "s").arms) == 2
    assert "do not have these arms as they are now" in caplog.text


def test_a_damaged_result_is_one_message(make_plan: Make, tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "tuned.json").write_text('{"arms": [{"arm": 3}]}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"tuned\.json is damaged: .*remove it, and search again"):
        with_found_arms(make_plan(search=SEARCH), tmp_path)
