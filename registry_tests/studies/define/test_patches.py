"""Patches of a base config: merged keys, swapped components, and the keys that a swap drops."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.studies.define.patches import ConfigChange, apply, depth_of, merge

BASE: dict[str, Any] = {
    "aggregator": {"type": "hierarchical_cnn", "kernel_size": 5, "depth": 2},
    "segmenter": "single",
    "training": {"epochs": 3, "learning_rate": 1e-3},
}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"training": {"epochs": 5}}, {"training": {"epochs": 5, "learning_rate": 1e-3}}),
        ({"training.epochs": 5}, {"training": {"epochs": 5, "learning_rate": 1e-3}}),
        ({"aggregator": {"depth": 1}}, {"aggregator": {"type": "hierarchical_cnn", "kernel_size": 5, "depth": 1}}),
        ({"aggregator": "flat_cnn"}, {"aggregator": {"type": "flat_cnn", "kernel_size": 5}}),
        ({"aggregator": {"type": "none"}}, {"aggregator": {"type": "none"}}),
        ({"segmenter": "whole"}, {"segmenter": "whole"}),
        ({"segmenter": {"type": "fixed", "words": 2}}, {"segmenter": {"type": "fixed", "words": 2}}),
        ({"fusion": "add"}, {"fusion": "add"}),
        ({"dictionary": None}, {"dictionary": None}),
    ],
)
def test_a_patch_changes_only_the_keys_that_it_names(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    before = {key: dict(value) if isinstance(value, dict) else value for key, value in BASE.items()}
    config, _ = apply(BASE, (ConfigChange("arms.a", "", patch),))
    assert config == {**BASE, **expected}
    assert before == BASE, "the base is not changed"


def test_a_swap_reports_the_keys_that_it_dropped() -> None:
    _, dropped = apply(BASE, (ConfigChange("axes.aggregator.flat", "aggregator", {"type": "flat_cnn"}),))
    assert [str(key) for key in dropped] == ["aggregator.depth: dropped, FlatCnn does not take it"]


def test_a_key_of_the_patch_is_kept_even_if_its_component_lacks_it() -> None:
    config, _ = apply(BASE, (ConfigChange("arms.a", "", {"aggregator": {"type": "none", "channels": 4}}),))
    assert config["aggregator"] == {"type": "none", "channels": 4}


def test_changes_apply_in_order() -> None:
    pieces = (ConfigChange("a", "training.epochs", 4), ConfigChange("b", "training", {"epochs": 5}))
    assert apply(BASE, pieces)[0]["training"]["epochs"] == 5


def test_a_list_replaces_a_list() -> None:
    assert merge({"a": [1, 2]}, {"a": [3]}) == {"a": [3]}


def test_the_depth_of_a_path_is_the_number_of_its_keys_in_the_patch() -> None:
    patch = {"a": {"b": [{"c": 1}]}}
    assert [depth_of(path, patch) for path in ("a.b.0.c", "a.b.1.c", "a.x", "b")] == [4, 2, 1, 0]
