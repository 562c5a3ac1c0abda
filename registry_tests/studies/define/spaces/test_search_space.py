"""The ``search`` section of a study: its space, its trials, and mistakes in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna
import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.studies.define.axes import names_of
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.search_space import SearchConfig, ValueRange

MakePlan = Callable[..., StudyPlan]
SPACE = {
    "training.learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
    "aggregator.channels": {"low": 16, "high": 64, "step": 16, "integer": True},
    "segmenter": ["random", {"type": "fixed", "words": 2}, {"type": "fixed", "words": 3}],
}


def search_config(**keys: Any) -> SearchConfig:
    """Return a search of ``SPACE`` with these keys."""
    return SearchConfig.from_params(Params({"space": SPACE, **keys}))


def test_a_trial_is_the_base_with_the_chosen_values(base: dict[str, Any]) -> None:
    search = search_config(seed=7)
    values = {"training.learning_rate": 2e-4, "aggregator.channels": 48, "segmenter": "fixed(words=3)"}
    pieces = search.choose(optuna.trial.FixedTrial(values))
    assert [(piece.at, piece.value) for piece in pieces] == [
        ("training.learning_rate", 2e-4),
        ("aggregator.channels", 48),
        ("segmenter", {"type": "fixed", "words": 3}),
    ]
    config = search.config(base, pieces)
    assert config["training"] == {**base["training"], "learning_rate": 2e-4}
    assert config["segmenter"] == {"type": "fixed", "words": 3}
    assert config["seed"] == 7


def test_proposals_are_in_the_space() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(20):
        rate, channels, segmenter = (piece.value for piece in search_config().choose(study.ask()))
        assert 1e-5 <= rate <= 1e-3
        assert channels in (16, 32, 48, 64)
        assert type(channels) is int
        assert segmenter in SPACE["segmenter"]


def test_a_search_is_equal_after_writing_and_reading() -> None:
    plain = search_config(trials=3, startup=1).plain()
    assert SearchConfig.from_params(Params(plain)).plain() == plain
    assert plain["space"]["training.learning_rate"]["log"] is True


def test_probes_have_the_ends_of_ranges_and_all_alternatives() -> None:
    assert ValueRange(1, 3, integer=True).ends() == {"low": 1, "high": 3}
    assert [piece.value for piece in search_config().probes()] == [1e-5, 1e-3, 16, 64, *SPACE["segmenter"]]


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"space": {}}, "search.space", "the search space is empty"),
    ({"space": {"aggregator": ["none"]}}, "search.space.aggregator", "expected at least two values"),
    ({"space": {"seed": {"low": 2, "high": 1}}}, "search.space.seed", "the range from 2 to 1 is empty"),
    ({"space": {"seed": {"low": 0, "high": 1, "log": True}}}, "search.space.seed.log", "a low above 0 and no step"),
    (
        {"space": {"seed": {"low": 0.5, "high": 2, "integer": True}}},
        "search.space.seed.integer",
        "expected integers for",
    ),
    ({"space": SPACE, "trails": 3}, "search.trails", "did you mean 'trials'?"),
    ({"space": SPACE, "trials": 0}, "search.trials", "is 0"),
    ({"space": {"training.epoch": [1, 2]}}, "search.space.training.epoch.0", "did you mean 'epochs'?"),
    ({"space": {"training.epochs": {"low": 0, "high": 2}}}, "search.space.training.epochs.low", "is 0"),
    ({"space": {"aggregator": ["none", "nine"]}}, "search.space.aggregator.1.type", "'nine' is not registered"),
    ({"space": SPACE, "seed": 2}, "search.seed", "the seed 2 is one of the study's"),
    ({"space": SPACE, "name": "base"}, "search.name", "an arm has the name 'base'"),
]


@pytest.mark.parametrize(("search", "path", "text"), MISTAKES)
def test_mistakes_are_reported_at_their_keys(make_plan: MakePlan, search: dict[str, Any], path: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make_plan(search=search)
    found = {problem.path: str(problem) for problem in raised.value.problems}
    assert path in found
    assert text in found[path]


def test_alternatives_with_different_nested_keys_are_all_tried() -> None:
    alternatives = [{"type": "filtered", "dictionary": {"type": "ngram", "min_count": count}} for count in (5, 50)]
    search = SearchConfig(space={"dictionary": alternatives})
    chosen = [search.choose(optuna.trial.FixedTrial({"dictionary": name}))[0].value for name in names_of(alternatives)]
    assert chosen == alternatives
    with pytest.raises(ConfigurationError, match="space.dictionary: the value 'none' is given twice"):
        SearchConfig(space={"dictionary": ["none", "none"]})


def test_a_step_of_zero_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"space.training.epochs.step: is 0\. give more than 0"):
        SearchConfig.from_params(Params({"space": {"training.epochs": {"low": 1, "high": 2, "step": 0}}}))
