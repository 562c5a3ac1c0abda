"""Components that do not fit together are found from the config, before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.training.config.compatibility import misfits, require_fit
from spanreg.training.config.task_kind import task_kind_of

TWO_SEGMENTATIONS = {"type": "multi", "segmenters": ["single", "whole"]}


@pytest.mark.parametrize(
    ("segmenter", "aggregator", "fits"),
    [
        (None, None, True),
        (None, "hierarchical_cnn", True),
        ("max_match", {"type": "span_lstm"}, True),
        (TWO_SEGMENTATIONS, "multi_granularity", True),
        (TWO_SEGMENTATIONS, "none", True),
        (TWO_SEGMENTATIONS, None, True),
        ({"type": "random", "matched_to": TWO_SEGMENTATIONS}, "mean_pool", True),
        (TWO_SEGMENTATIONS, "mean_pool", False),
        (None, "multi_granularity", False),
        ("single", {"type": "multi_granularity"}, False),
        ("unregistered", "multi_granularity", True),
        (TWO_SEGMENTATIONS, 3, True),
    ],
)
def test_segmenter_and_aggregator_agree_on_the_number_of_segmentations(
    segmenter: Any, aggregator: Any, fits: bool
) -> None:
    config = {"segmenter": segmenter, "aggregator": aggregator, "dictionary": "empty"}
    params = Params({key: value for key, value in config.items() if value is not None})
    assert [problem.path for problem in misfits(params)] == ([] if fits else ["aggregator"])
    assert params.as_dict(quiet=True).keys() <= config.keys()


@pytest.mark.parametrize(
    ("segmenter", "dictionary", "fits"),
    [
        ("max_match", None, False),
        ({"type": "viterbi"}, None, False),
        ("max_match", "empty", True),
        ({"type": "max_match", "dictionary": "empty"}, None, True),
        ("random", None, False),
        ({"type": "random", "lengths": None, "seed": 3}, None, False),
        ("random", "empty", True),
        ({"type": "random", "dictionary": "empty"}, None, True),
        ({"type": "random", "lengths": [1, 2]}, None, True),
        ({"type": "random", "matched_to": "single"}, None, True),
        ("single", None, True),
        (None, None, True),
        ("unregistered", None, True),
        (3, None, True),
    ],
)
def test_segmenters_that_need_a_dictionary_have_one(segmenter: Any, dictionary: Any, fits: bool) -> None:
    found = misfits(Params({"segmenter": segmenter, "dictionary": dictionary}))
    assert [problem.path for problem in found] == ([] if fits else ["segmenter"])


@pytest.mark.parametrize(
    ("segmenter", "dictionary", "fits"),
    [
        ("released_max_match", {"type": "ngram", "corpus": "x"}, False),
        ("released_max_match", {"type": "ngram", "corpus": "x", "words": "whitespace"}, True),
        ("released_max_match", {"type": "ngram", "corpus": "x", "words": {"type": "whitespace"}}, True),
        ({"type": "released_max_match", "words": "unicode"}, {"type": "ngram", "corpus": "x"}, True),
        (
            {"type": "released_max_match", "words": "unicode"},
            {"type": "file", "path": "x", "words": "whitespace"},
            False,
        ),
        ("released_max_match", {"type": "file", "path": "x"}, True),
        ("released_max_match", "empty", True),
        ({"type": "released_max_match", "dictionary": {"type": "ngram", "corpus": "x"}}, None, False),
        ({"type": "max_match", "words": "whitespace"}, {"type": "ngram", "corpus": "x"}, False),
        ("max_match", {"type": "ngram", "corpus": "x", "words": "whitespace"}, True),
        ({"type": "single", "words": "whitespace"}, {"type": "ngram", "corpus": "x"}, True),
        ({"type": "fixed", "words": 2}, {"type": "ngram", "corpus": "x"}, True),
    ],
)
def test_segmenter_and_dictionary_have_the_same_word_rule(segmenter: Any, dictionary: Any, fits: bool) -> None:
    config = {"segmenter": segmenter, "dictionary": dictionary}
    params = Params({key: value for key, value in config.items() if value is not None})
    assert [problem.path for problem in misfits(params)] == ([] if fits else ["segmenter"])
    if segmenter == "released_max_match" and not fits:
        assert str(misfits(params)[0]) == (
            "segmenter: 'released_max_match' has the word rule 'whitespace', and the dictionary has 'unicode'. "
            "add words: 'whitespace' to the dictionary, or use a segmenter with 'unicode' words"
        )


@pytest.mark.parametrize(
    ("segmenter", "problems"),
    [
        ({"type": "random", "matched_to": "max_match"}, {"segmenter.matched_to": "'max_match' needs a dictionary"}),
        (
            {"type": "multi", "segmenters": ["max_match", "single", {"type": "random"}]},
            {
                "segmenter.segmenters.0": "'max_match' needs a dictionary",
                "segmenter.segmenters.2": "has no source of span lengths",
            },
        ),
        (
            {"type": "multi", "segmenters": ["single", {"type": "random", "matched_to": {"type": "viterbi"}}]},
            {"segmenter.segmenters.1.matched_to": "'viterbi' needs a dictionary"},
        ),
        # An inner segmenter inherits the dictionary of the experiment, not that of the segmenter around it.
        (
            {"type": "random", "dictionary": "empty", "matched_to": "max_match"},
            {"segmenter.matched_to": "'max_match' needs a dictionary"},
        ),
        ({"type": "gold", "path": "x", "otherwise": "max_match"}, {"segmenter.otherwise": "'max_match' needs"}),
        ({"type": "random", "matched_to": {"type": "max_match", "dictionary": "empty"}}, {}),
        ({"type": "multi", "segmenters": "max_match"}, {"segmenter.segmenters": "'max_match' needs a dictionary"}),
        ({"type": "multi", "segmenters": [None, 3]}, {}),
        ({"type": "unregistered", "segmenters": ["max_match"]}, {}),
    ],
)
def test_inner_segmenters_have_the_dictionaries_that_they_need(segmenter: Any, problems: dict[str, str]) -> None:
    found = misfits(Params({"segmenter": segmenter}))
    assert [problem.path for problem in found] == [*problems]
    assert all(problem.problem.startswith(problems[problem.path]) for problem in found)


def test_inner_segmenters_have_the_word_rule_of_the_dictionary() -> None:
    parts = ["released_max_match", {"type": "random", "matched_to": "released_max_match"}, "max_match"]
    config = {"segmenter": {"type": "multi", "segmenters": parts}, "dictionary": {"type": "ngram", "corpus": "x"}}
    found = [problem for problem in misfits(Params(config)) if problem.path.startswith("segmenter")]
    assert [problem.path for problem in found] == ["segmenter.segmenters.0", "segmenter.segmenters.1.matched_to"]


def test_a_misfit_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="the segmenter 'the default' returns one"):
        require_fit(Params({"aggregator": "multi_granularity"}))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"type": "csv", "files": {}}, None),
        ({"type": "csv", "files": {}, "labels": ["a", "b"]}, "classification"),
        ({"type": "hub", "path": "x", "kind": "multi_label"}, "multi_label"),
        ({"type": "glue", "task": "stsb"}, "regression"),
        ({"type": "held_out", "data": {"type": "glue", "task": "rte"}}, "classification"),
        ({"type": "folds", "data": {"type": "glue", "task": "stsb"}}, "regression"),
        ({"type": "conll", "files": {}}, "token_classification"),
        ("demo", "classification"),
        ("unregistered", None),
        (3, None),
    ],
)
def test_the_kind_of_task_is_inferred_from_the_config_of_the_data(data: Any, kind: str | None) -> None:
    assert task_kind_of(data) == kind


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        (
            {"data": {"type": "csv", "kind": "regression", "metrics": ["pearson", "f1"]}},
            ["data.metrics: the metric 'f1' is not for tasks of the kind 'regression'. take 'pearson' or 'spearman'"],
        ),
        (
            {"data": "demo", "head": "regression"},
            ["head.type: RegressionHead is for tasks of the kind 'regression', the data's is 'classification'. leave"],
        ),
        (
            {"data": {"type": "csv", "kind": "regression", "metrics": [{"type": "f1", "positive": "yes"}]}},
            ["data.metrics: the metric 'f1' is not for tasks of the kind 'regression'. take 'pearson' or 'spearman'"],
        ),
        (
            {
                "data": {"type": "csv", "labels": ["a", "b"], "metrics": ["f1", "unregistered"]},
                "head": "classification",
            },
            [],
        ),
        ({"data": {"type": "csv", "metrics": ["f1"]}, "head": "regression"}, []),
    ],
)
def test_metrics_and_heads_fit_the_kind_of_task(config: dict[str, Any], problems: list[str]) -> None:
    found = [str(problem) for problem in misfits(Params(config))]
    assert len(found) == len(problems)
    assert all(problem.startswith(beginning) for problem, beginning in zip(found, problems, strict=True))
