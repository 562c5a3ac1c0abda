"""Figures, goals and the form that programs read."""

import pytest

from spanreg.benchmarks.harness.report import BenchReport, BenchResult


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [(1.5, ">= 1.5", True), (1.49, ">= 1.5", False), (1.15, "<= 1.15", True), (2.1, "<= 2", False), (3.0, None, None)],
)
def test_goals(value: float, goal: str | None, met: bool | None) -> None:
    assert BenchResult("one", value, "times", goal).met is met


def test_what_was_not_measured_meets_no_goal_and_misses_none() -> None:
    assert BenchResult("one", None, "times", ">= 1.5", "not installed").met is None


def test_the_form_of_the_report() -> None:
    report = BenchReport("segmentation", about={"words": 3})
    report.add("speed", 1.23456, "words/s", ">= 1")
    told = report.to_json()
    assert told["bench"] == "segmentation"
    speed = {
        "name": "speed",
        "value": 1.2346,
        "unit": "words/s",
        "goal": ">= 1",
        "met": True,
        "floor": None,
        "note": "",
    }
    assert told["results"] == [speed]
    assert told["about"] == {"words": 3}
    assert {"system", "cores", "python", "packages"} <= told["machine"].keys()
    assert "numpy" in told["machine"]["packages"]
