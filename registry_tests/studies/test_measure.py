"""What a study will cost, before it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spanreg.registry import Params
from spanreg.storage import cache_folder
from spanreg.studies.measure import Measured, measure
from spanreg.studies.plan import StudyPlan
from spanreg.training.assembly import assemble
from spanreg.training.experiment import Experiment

Make = Callable[..., StudyPlan]
ARMS = {
    "plain": {"aggregator": "none"},
    "same": {"patch": {}},
    "backward": {"segmenter": {"type": "max_match", "direction": "backward"}},
    "single": {"segmenter": "single"},
    "one word": {"segmenter": {"type": "fixed", "words": 1}},
    "two words": {"segmenter": {"type": "fixed", "words": 2}},
}


def test_a_study_is_measured(make_plan: Make) -> None:
    plan = make_plan(arms=ARMS, seeds=[1, 2])
    measured = measure(plan, steps=2)
    every_arm_was_built(measured, plan)
    assert measured.runs == {**dict.fromkeys(["base", *ARMS], 2), "same": 0}
    assert measured.seconds == pytest.approx(sum(measured.runs[arm.arm] * arm.seconds for arm in measured.arms))
    assert measured.sharing("dictionary") == [["base", *ARMS]]
    assert measured.sharing("prepared") == [["base", "plain", "same"]]
    assert measured.sharing("model") == [["base", "same", "backward", "single", "one word", "two words"]]
    # no phrase of the dictionary is in the data; arms that do not ask for other spans are not told of
    assert measured.same_spans == [["base", "backward", "single", "one word"]]
    entries = {entry.name for entry in cache_folder("prepared").iterdir() if entry.is_dir()}
    assert {key for arm in measured.arms for key in arm.prepared} == entries, "where the runs will find them"


def every_arm_was_built(measured: Measured, plan: StudyPlan) -> None:
    found = {arm.arm: arm for arm in measured.arms}
    for name in ("base", "plain"):
        config: dict[str, Any] = {**plan.arm(name).config, "seed": 1}
        model = assemble(Experiment.from_params(Params(config).duplicate()), config).model
        assert found[name].parameters == sum(weight.numel() for weight in model.parameters())
    assert all(arm.steps == 2 and arm.step_seconds > 0 for arm in measured.arms), "32 examples by 16"
    assert found["base"].step_seconds == found["backward"].step_seconds, "one model is timed once"
