"""Search spaces that the components of a config name themselves."""

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
Make = Callable[..., StudyPlan]


def test_every_component_of_the_config_and_the_training() -> None:
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


def test_a_component_of_a_users_own(clean_registry: None) -> None:
    @Aggregator.register("mine")
    class Mine(Aggregator):
        def __init__(self, depth: Annotated[int, Search(1, 4)] | None = None) -> None: ...

    assert default_space({**CONFIG, "aggregator": "mine"})["aggregator.depth"] == ValueRange(1, 4, integer=True)


def test_which_keys_a_config_takes() -> None:
    assert all(takes(CONFIG, key) for key in ("aggregator", "aggregator.depth", "training.epochs", "data.limit"))
    assert not takes({**CONFIG, "aggregator": "none"}, "aggregator.depth")


def test_every_range_has_values_that_the_component_allows(make_plan: Make, base: dict[str, Any]) -> None:
    """The plan checks the ends of all ranges and all alternatives."""
    named = [card for card in components(list(FAMILIES)) if any(one.search for one in card.parameters)]
    assert len(named) > 10
    for card in named:
        if card.family in ("aggregator", "fusion") and card.name != "multi_granularity":
            make_plan(base={**base, card.family: {"type": card.name}}, search={"space": "defaults"})


@pytest.mark.parametrize("given", [(), (3, 1), (1, 2, False, None, (1, 2))])
def test_a_range_or_choices(given: Any) -> None:
    with pytest.raises(TypeError, match="Search needs either low below high, or choices"):
        Search(*given)
    assert str(Search(1e-5, 1e-4, log=True)) == "1e-05 to 0.0001 (logarithmic)"
    assert str(Search(1, 9, step=2)) == "1 to 9 in steps of 2"
    assert str(Search(choices=(1, 3))) == "one of 1, 3"


def test_describe_shows_them_without_torch() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "spanreg", "describe", "hierarchical_cnn", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "torch" not in done.stderr
    parameters = {one["name"]: one["search"] for one in json.loads(done.stdout)[0]["parameters"]}
    assert (parameters["kernel_size"], parameters["depth"]) == ("one of 1, 3, 5", None)


def test_describe_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "training"]) == 0
    assert "Search: 1e-05 to 0.0001 (logarithmic)." in capsys.readouterr().out


def test_an_argument_knows_its_range() -> None:
    from spanreg.fusions.gate import GateFusion

    found = {argument.name: argument.search for argument in signature_of(GateFusion).arguments}
    assert found["dropout"] == Search(0.0, 0.3)


def test_each_arm_has_the_keys_that_it_takes(make_plan: Make) -> None:
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
        ({"space": "default"}, "search.space: "),
    ],
)
def test_mistakes_of_a_search_for_each_arm(make_plan: Make, keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        make_plan(arms={"plain": {"aggregator": {"type": "none"}}}, search={"each_arm": True, **keys})


def test_an_arm_with_the_seed_of_the_search(make_plan: Make) -> None:
    arms = {"other": {"patch": {"aggregator": "none"}, "seeds": [0]}, "base (tuned)": {"segmenter": "random"}}
    with pytest.raises(ConfigurationError) as caught:
        make_plan(arms=arms, search={"each_arm": True, "space": "defaults"})
    assert "search.seed: the seed 0 is one of the arm 'other', whose setting it chooses" in str(caught.value)
    assert "search.name: an arm has the name 'base (tuned)'" in str(caught.value)
