"""The search space that the components of a config declare for themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from spanreg.aggregators.base import Aggregator
from spanreg.cli.main import main
from spanreg.cli.rendering.component_card import components
from spanreg.cli.rendering.families import FAMILIES
from spanreg.registry import ConfigurationError, Search, signature_of
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.default_space import default_space, takes
from spanreg.studies.define.spaces.value_range import ValueRange

CONFIG = {
    "data": "demo",
    "encoder": {"type": "tiny"},
    "segmenter": {"type": "fixed"},
    "aggregator": {"type": "hierarchical_cnn"},
    "fusion": "concat",
}
MakePlan = Callable[..., StudyPlan]


def test_the_default_space_has_the_ranges_of_all_components_and_of_the_training() -> None:
    space = default_space(CONFIG)
    assert list(space) == [
        "segmenter.words",
        "aggregator.kernel_size",
        "aggregator.channels",
        "fusion.dropout",
        "training.batch_size",
        "training.learning_rate",
        "training.warmup",
        "training.weight_decay",
    ]
    assert space["training.learning_rate"] == ValueRange(1e-5, 1e-4, log=True)
    assert space["segmenter.words"] == ValueRange(2, 5, integer=True)
    assert space["aggregator.kernel_size"] == [1, 3, 5]
    assert "aggregator.channels" not in default_space({**CONFIG, "aggregator": "none"})


def test_the_default_space_has_the_range_of_a_users_component(clean_registry: None) -> None:
    @Aggregator.register("own")
    class OwnAggregator(Aggregator):
        def __init__(self, depth: Annotated[int, Search(1, 4)] | None = None) -> None: ...

    assert default_space({**CONFIG, "aggregator": "own"})["aggregator.depth"] == ValueRange(1, 4, integer=True)


def test_a_config_takes_the_keys_of_its_components() -> None:
    assert all(takes(CONFIG, key) for key in ("aggregator", "aggregator.depth", "training.epochs", "data.limit"))
    assert not takes({**CONFIG, "aggregator": "none"}, "aggregator.depth")


def test_components_accept_the_values_of_their_ranges(make_plan: MakePlan, base: dict[str, Any]) -> None:
    """The plan checks the ends of all ranges and all alternatives."""
    declaring = [card for card in components(list(FAMILIES)) if any(parameter.search for parameter in card.parameters)]
    assert len(declaring) > 10
    for card in declaring:
        # The base fits every component of these families but multi_granularity, which needs the segmenter multi.
        if card.family in ("aggregator", "fusion") and card.name != "multi_granularity":
            make_plan(base={**base, card.family: {"type": card.name}}, search={"space": "defaults"})


@pytest.mark.parametrize("arguments", [(), (3, 1), (1, 2, False, None, (1, 2))])
def test_a_search_needs_either_a_range_or_choices(arguments: Any) -> None:
    with pytest.raises(TypeError, match="Search needs either low below high, or choices"):
        Search(*arguments)


def test_a_range_is_described_in_words() -> None:
    assert str(Search(1e-5, 1e-4, log=True)) == "1e-05 to 0.0001 (logarithmic)"
    assert str(Search(1, 9, step=2)) == "1 to 9 in steps of 2"
    assert str(Search(choices=(1, 3))) == "one of 1, 3"


def test_describe_shows_ranges_without_importing_torch() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "spanreg", "describe", "hierarchical_cnn", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "torch" not in done.stderr
    parameters = {parameter["name"]: parameter["search"] for parameter in json.loads(done.stdout)[0]["parameters"]}
    assert (parameters["kernel_size"], parameters["depth"]) == ("one of 1, 3, 5", None)


def test_describe_shows_a_range_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "training"]) == 0
    assert "Search: 1e-05 to 0.0001 (logarithmic)." in capsys.readouterr().out


def test_an_argument_has_its_declared_range() -> None:
    from spanreg.fusions.gate import GateFusion

    found = {argument.name: argument.search for argument in signature_of(GateFusion).arguments}
    assert found["dropout"] == Search(0.0, 0.3)


def test_each_arm_is_searched_over_the_keys_that_it_takes(make_plan: MakePlan) -> None:
    space = {"training.learning_rate": [1e-3, 1e-4], "aggregator.kernel_size": [1, 3]}
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, search={"space": space, "each_arm": True})
    search = plan.study.search
    assert search is not None
    assert [list(search.space_for(arm.config)) for arm in plan.arms] == [[*space], ["training.learning_rate"]]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"space": {"aggregator.kernel_size": [1, 3]}}, "search.space: no key of the space is one of the arm 'plain'"),
        ({"space": {"training.epochs": [1, -2]}}, "search.space.training.epochs.1: is -2. give more than 0"),
        ({"space": "default"}, "search.space: is \"default\", a string. did you mean 'defaults'"),
    ],
)
def test_invalid_searches_for_each_arm_are_reported(make_plan: MakePlan, keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        make_plan(arms={"plain": {"aggregator": {"type": "none"}}}, search={"each_arm": True, **keys})


def test_a_seed_or_name_of_the_search_that_an_arm_has_is_reported(make_plan: MakePlan) -> None:
    arms = {"other": {"patch": {"aggregator": "none"}, "seeds": [0]}, "base (tuned)": {"segmenter": "random"}}
    with pytest.raises(ConfigurationError) as caught:
        make_plan(arms=arms, search={"each_arm": True, "space": "defaults"})
    assert "search.seed: the seed 0 is one of the arm 'other', whose setting it chooses" in str(caught.value)
    assert "search.name: an arm has the name 'base (tuned)'" in str(caught.value)
