"""Arms that are matched in size by adjusting one width each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.sizes import matched_width
from spanreg.studies.execute.matching import with_matched_sizes
from spanreg.studies.execute.model_size import ModelSizes

MakePlan = Callable[..., StudyPlan]
FLAT_CNN = {"patch": {"aggregator": {"type": "flat_cnn", "channels": 64}}, "width": "aggregator.channels"}


@pytest.mark.parametrize("step", [1, 8])
def test_the_matched_width_is_the_nearest_of_all(step: int) -> None:
    # As if only multiples of the step were possible, such as those of a number of attention heads.
    def size(width: int) -> int | None:
        return None if width % step else 3 * width * width + 10 * width

    for wanted in (14, 1000, 123_456, 10**9):
        width, found = matched_width(size, wanted)
        # The size of the largest width, 4.8e9, is above all that are wanted.
        possible = range(step, 40_000, step)
        assert (width, found) == min(
            ((candidate, size(candidate)) for candidate in possible), key=lambda pair: abs((pair[1] or 0) - wanted)
        )


def test_no_possible_width_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no width can be tried"):
        matched_width(lambda width: None, 10)


@pytest.mark.parametrize("measure", ["parameters", "flops"])
def test_arms_get_the_size_of_the_baseline(make_plan: MakePlan, measure: Any) -> None:
    plan = with_matched_sizes(make_plan(arms={"flat": FLAT_CNN}, match=measure))
    arm, sizes = plan.arm("flat"), ModelSizes(measure)
    assert arm.match is not None
    assert arm.config["aggregator"]["channels"] == arm.match.value != 64
    assert arm.match.before == 64
    assert arm.match.size == sizes(arm.config, False)
    assert arm.match.reference == sizes(plan.arm("base").config, False)
    assert abs(arm.match.ratio - 1) <= 0.01
    assert f"aggregator.channels: (not given) -> {arm.match.value}" in arm.changes


def size_by_width(sizes: Mapping[str, int]) -> Callable[[Mapping[str, Any], bool], int]:
    """Return a function that measures a config: the width of its aggregator times a number of the aggregator's type.

    A million more stand for the encoder, where the whole model is measured.
    """

    def size_of(config: Mapping[str, Any], whole: bool) -> int:
        aggregator = config["aggregator"]
        return sizes[aggregator["type"]] * int(aggregator.get("channels", 1)) + 10**6 * whole

    return size_of


def test_a_size_that_cannot_be_reached_is_reported(make_plan: MakePlan) -> None:
    plan = make_plan(arms={"flat": FLAT_CNN, "plain": {"aggregator": {"type": "none"}}}, match="parameters")
    with pytest.raises(ConfigurationError) as caught:
        with_matched_sizes(plan, size_by_width({"hierarchical_cnn": 150, "flat_cnn": 100, "none": 0}))
    unreachable = "it cannot have 150 parameters by aggregator.channels: the nearest is 1 with 100, -33.3 %"
    assert f"match: arm 'flat': {unreachable}" in str(caught.value)
    assert "match: arm 'plain': it has 0 parameters and no width to adjust, 'base' has 150" in str(caught.value)


def test_an_arm_with_another_encoder_is_matched_by_the_size_of_the_whole_model(make_plan: MakePlan) -> None:
    arms = {"flat": {"patch": {**FLAT_CNN["patch"], "encoder": {"dim": 32}}}}  # type: ignore[dict-item]
    plan = with_matched_sizes(
        make_plan(arms=arms, match="parameters"), size_by_width({"hierarchical_cnn": 990, "flat_cnn": 10})
    )
    match = plan.arm("flat").match
    assert match is not None
    # 990 of the hierarchical CNN are 99 channels of 10 each.
    assert (match.value, match.reference) == (99, 1_000_990)


@pytest.mark.parametrize("name", ["flat", "flat on a"])
def test_on_several_tasks_the_reference_is_named_without_its_task(make_plan: MakePlan, name: str) -> None:
    tasks = {"a": {"limit": 16}, "b": {"limit": 32}}
    plan = make_plan(arms={"flat": FLAT_CNN}, tasks=tasks, match={"to": name})
    matched = with_matched_sizes(plan, size_by_width({"hierarchical_cnn": 10, "flat_cnn": 10}))
    width = plan.arm("flat on a").config["aggregator"]["channels"]
    assert [arm.config["aggregator"]["channels"] for arm in matched.arms] == [width] * 4
    with pytest.raises(ConfigurationError, match=r"match.to: there is no arm 'flit'. arms: base, flat$"):
        make_plan(arms={"flat": FLAT_CNN}, tasks=tasks, match={"to": "flit"})


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"match": "weights"}, 'match: is "weights", a string. give one of'),
        ({"match": {"to": "flit"}}, "match.to: there is no arm 'flit'. arms: base, flat"),
        ({}, "arms.flat.width: has no effect without match. add match: 'parameters'"),
        (
            {"match": "flops", "search": {"space": "defaults", "each_arm": True}},
            "search.space: the search would change 'aggregator.channels' of the arm 'flat', which match adjusts",
        ),
    ],
)
def test_invalid_matches_are_reported(make_plan: MakePlan, keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        make_plan(arms={"flat": FLAT_CNN}, **keys)


def test_a_width_that_the_arm_lacks_is_reported(make_plan: MakePlan) -> None:
    for width, problem in (
        ("aggregator.hidden", "the arm has no key 'aggregator.hidden'"),
        (3, "expected a string, got 3"),
    ):
        with pytest.raises(ConfigurationError, match=f"arms.flat.width: {problem}"):
            make_plan(arms={"flat": {**FLAT_CNN, "width": width}}, match="parameters")


def test_the_plan_shows_the_matched_width(
    tmp_path: Any, base: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    study = {"base": base, "seeds": [1], "arms": {"flat": FLAT_CNN}, "match": "parameters"}
    (tmp_path / "s.json").write_text(json.dumps(study), encoding="utf-8")
    assert main(["study", "plan", str(tmp_path / "s.json")]) == 0
    assert "'flat' matched in size: aggregator.channels: 64 -> " in capsys.readouterr().out
