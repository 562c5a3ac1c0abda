"""Places in a study that set the keys of its arms."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.cli.options.arm_places import MODE, place_in_study
from spanreg.studies.define.study import StudyDefinition

BASE = {
    "data": {"type": "demo"},
    "encoder": {"type": "tiny", "dim": 32},
    "aggregator": {"type": "hierarchical_cnn", "kernel_size": 3},
    "training": {"epochs": 2},
}
STUDY = {
    "base": BASE,
    "arms": {
        "plain": {"aggregator": "none", "training.epochs": 5},
        "opt.2": {"patch": {"aggregator": {"type": "flat_cnn"}}, "seeds": [7]},
    },
    "axes": {"training.epochs": [3, 4], "aggregator": {"small": {"kernel_size": 5}}},
}


def place_of(arm_name: str, path: tuple[str | int, ...], study: dict[str, Any] = STUDY) -> tuple[str | int, ...]:
    """Return the place in a study that sets the key of an arm."""
    definition = StudyDefinition(**study)
    arm = next(arm for arm in definition.arms()[0] if arm.name == arm_name)
    return place_in_study(arm, study, path)


@pytest.mark.parametrize(
    ("arm", "path", "expected"),
    [
        ("base", ("training", "epochs"), ("base", "training", "epochs")),
        ("plain", ("aggregator", "type"), ("arms", "plain", "aggregator")),
        ("plain", ("training", "epochs"), ("arms", "plain", "training.epochs")),
        ("plain", ("encoder", "dim"), ("base", "encoder", "dim")),
        ("opt.2", ("aggregator", "type"), ("arms", "opt.2", "patch", "aggregator", "type")),
        ("opt.2", ("aggregator", "kernel_size"), ("base", "aggregator", "kernel_size")),
        ("opt.2", ("seed",), ("arms", "opt.2", "seeds")),
        ("plain", ("seed",), ("seeds",)),
        ("training.epochs=4", ("training", "epochs"), ("axes", "training.epochs", 1)),
        ("aggregator=small", ("aggregator", "kernel_size"), ("axes", "aggregator", "small", "kernel_size")),
        ("aggregator=small", ("aggregator", "type"), ("base", "aggregator", "type")),
    ],
)
def test_keys_of_arms_and_axes(arm: str, path: tuple[str | int, ...], expected: tuple[str | int, ...]) -> None:
    assert place_of(arm, path) == expected


@pytest.mark.parametrize(
    ("alternatives", "place"), [({"3": 30, "0": 40}, "0"), ([30, 40], 1), ([0, 40], 1), ([1, 0], 1)]
)
def test_an_alternative_named_by_digits_is_no_index(alternatives: Any, place: str | int) -> None:
    study = {"base": BASE, "axes": {"encoder.dim": alternatives}}
    arm = list(StudyDefinition(**study).arms()[0])[2]
    assert place_in_study(arm, study, ("encoder", "dim")) == ("axes", "encoder.dim", place)


def test_keys_that_the_mode_removes() -> None:
    study = {"base": BASE, "axes": ["aggregator"], "mode": "leave_one_out"}
    assert place_of("without aggregator", ("aggregator", "type"), study) == MODE
    assert place_of("without aggregator", ("encoder", "dim"), study) == ("base", "encoder", "dim")


def test_keys_of_arms_on_several_tasks() -> None:
    study = {"base": BASE, "arms": {"plain": {"aggregator": "none"}}, "tasks": {"small": {"limit": 100}}}
    assert place_of("plain on small", ("data", "limit"), study) == ("tasks", "small", "limit")
    assert place_of("plain on small", ("data", "type"), study) == ("base", "data", "type")
    assert place_of("plain on small", ("aggregator", "type"), study) == ("arms", "plain", "aggregator")
