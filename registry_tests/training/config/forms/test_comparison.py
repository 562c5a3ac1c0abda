"""``compare_configs``: differences of two configs, by component."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.training.config.forms.comparison import compare_configs

BASE: dict[str, Any] = {
    "data": {"type": "demo"},
    "encoder": {"type": "tiny", "dim": 32},
    "segmenter": {"type": "single"},
    "training": {"epochs": 2},
}


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, []),
        ({"seed": 13, "training": {"epochs": 2.0, "warmup": 0.1}}, []),
        ({"encoder": {"type": "tiny", "dim": 64}}, ["encoder.dim: 32 -> 64"]),
        (
            {"training": {"warmup": 0.2}},
            ["training.epochs: 2 -> 3.0 (default)", "training.warmup: 0.1 (default) -> 0.2"],
        ),
        ({"segmenter": "whole"}, ["segmenter: single -> whole; 1 key kept"]),
        (
            {"segmenter": {"type": "fixed", "words": 2}},
            ["segmenter: single -> fixed; 1 key changed, 1 added", "segmenter.words: null (default) -> 2"],
        ),
        ({"dictionary": "empty"}, ["dictionary: null -> empty; 1 key added"]),
        ({"training": {"epochs": 2, "callbacks": ["tensorboard"]}}, ["training.callbacks: [] -> "]),
        ({"training": {"epochs": 2, "keep_best": True}}, ["training.keep_best: false (default) -> true"]),
    ],
)
def test_each_difference_has_one_line(change: dict[str, Any], lines: list[str]) -> None:
    differences = [str(difference) for difference in compare_configs(BASE, {**BASE, **change})]
    assert len(differences) == len(lines)
    for line, start in zip(differences, lines, strict=True):
        assert line.startswith(start)


def test_a_replaced_component_has_counts_of_its_keys_and_the_keys_that_change() -> None:
    before = {**BASE, "training": {"optimizer": {"type": "adamw", "eps": 1e-8}}}
    after = {**BASE, "training": {"optimizer": {"type": "bert_adam"}}}
    swap, eps = compare_configs(before, after)
    assert swap.as_dict() == {
        "path": "training.optimizer",
        "old": "adamw",
        "new": "bert_adam",
        "keys": {"kept": 1, "changed": 1, "dropped": 1, "added": 0},
    }
    assert str(eps) == "training.optimizer.eps: 1e-08 -> 1e-06 (default)"


def test_unknown_configs_are_compared_key_by_key() -> None:
    differences = compare_configs({"model": {"size": 1}, "a": True}, {"model": {"size": 2}, "a": 1})
    assert [str(difference) for difference in differences] == ["model.size: 1 -> 2", "a: true -> 1"]
    assert [difference.as_dict() for difference in compare_configs({"a": 1}, {})] == [{"path": "a", "old": 1}]
