"""Values read from JSON are compared with type annotations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from spanreg.storage import shape_fault


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """Dataclass with a required and an optional field."""

    name: str
    config: dict[str, Any] = field(default_factory=dict)


class MetricsDict(TypedDict):
    """Typed dict with a required and an optional key; further keys are allowed."""

    main: str
    best: NotRequired[dict[str, float | None]]


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (None, Any),
        (3, float),
        (2.5, float),
        (True, bool),
        (None, str | None),
        ("fp32", Literal["fp32", "bf16"]),
        ([{"name": "a"}, {"name": "b", "config": {"seed": [1]}}], list[ArmRecord]),
        ({"main": "f1", "more": []}, MetricsDict),
        (["no", "yes"], tuple[str, ...]),
        ([], tuple[str, ...]),
        ([0, 5.0], tuple[float, float] | None),
        ({"main": "f1", "best": {"f1": None, "loss": 1}}, MetricsDict),
    ],
)
def test_matching_values_have_no_fault(value: Any, annotation: Any) -> None:
    assert shape_fault(value, annotation) == ""


@pytest.mark.parametrize(
    ("value", "annotation", "fault"),
    [
        (True, int, "'it' is true, a boolean, where an integer is expected"),
        (10**30, int, "where an integer is expected"),
        (10**400, float, "where a number is expected"),
        ("3", int | None, "'it' is \"3\", a string, where an integer or null is expected"),
        ({"a": 1}, Literal["fp32"], "'it' is an object, where one of 'fp32' is expected"),
        ({"a": 1}, list[int], "'it' is an object, where a list is expected"),
        ([{"name": "a"}, []], list[ArmRecord], "'1' is a list, where an object is expected"),
        ([{"name": "a", "config": None}], list[ArmRecord], "'0.config' is null, where an object is expected"),
        ({"name": "a", "x": 1}, ArmRecord, "'x' is unknown"),
        ({}, ArmRecord, "'name' is missing"),
        (["no", 1], tuple[str, ...], "'1' is 1, an integer, where a string is expected"),
        ([0.0], tuple[float, float], "'it' has 1 items, where 2 are expected"),
        (1e308, tuple[float, float], "where a list is expected"),
        ([0, 1, 2], tuple[float, float] | None, "'it' is a list, where"),
        ({}, MetricsDict, "'main' is missing"),
        (
            {"main": "f1", "best": {"f1": "high"}},
            MetricsDict,
            "'best.f1' is \"high\", a string, where a number or null is",
        ),
    ],
)
def test_the_first_mismatch_is_described(value: Any, annotation: Any, fault: str) -> None:
    assert fault in shape_fault(value, annotation)
