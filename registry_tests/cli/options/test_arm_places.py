"""The place in a study that decides a key of an arm."""

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


def place(arm: str, path: tuple[str | int, ...], study: dict[str, Any] = STUDY) -> tuple[str | int, ...]:
    made = StudyDefinition(**study)
    found = next(one for one in made.arms()[0] if one.name == arm)
    return place_in_study(found, made.named, path)


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
def test_places(arm: str, path: tuple[str | int, ...], expected: tuple[str | int, ...]) -> None:
    assert place(arm, path) == expected


def test_what_the_mode_leaves_out() -> None:
    study = {"base": BASE, "axes": ["aggregator"], "mode": "leave_one_out"}
    assert place("without aggregator", ("aggregator", "type"), study) == MODE
    assert place("without aggregator", ("encoder", "dim"), study) == ("base", "encoder", "dim")


def test_arms_on_several_tasks() -> None:
    study = {"base": BASE, "arms": {"plain": {"aggregator": "none"}}, "tasks": {"small": {"limit": 100}}}
    assert place("plain on small", ("data", "limit"), study) == ("tasks", "small", "limit")
    assert place("plain on small", ("data", "type"), study) == ("base", "data", "type")
    assert place("plain on small", ("aggregator", "type"), study) == ("arms", "plain", "aggregator")
