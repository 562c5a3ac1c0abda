"""Reports of benchmarks: results, their goals, and the JSON form."""

import pytest

from spanreg.benchmarks.harness.report import BenchReport, BenchResult


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [(1.5, ">= 1.5", True), (1.49, ">= 1.5", False), (1.15, "<= 1.15", True), (2.1, "<= 2", False), (3.0, None, None)],
)
def test_whether_a_result_meets_its_goal(value: float, goal: str | None, met: bool | None) -> None:
    assert BenchResult("one", value, "times", goal).met is met


def test_a_missing_result_neither_meets_nor_misses_its_goal() -> None:
    assert BenchResult("one", None, "times", ">= 1.5", "not installed").met is None


def test_json_form_of_a_report() -> None:
    report = BenchReport("segmentation", about={"words": 3})
    report.add("speed", 1.23456, "words/s", ">= 1")
    document = report.to_json()
    assert document["bench"] == "segmentation"
    speed = {
        "name": "speed",
        "value": 1.2346,
        "unit": "words/s",
        "goal": ">= 1",
        "met": True,
        "floor": None,
        "note": "",
    }
    assert document["results"] == [speed]
    assert document["about"] == {"words": 3}
    assert {"system", "cores", "python", "packages"} <= document["machine"].keys()
    assert "numpy" in document["machine"]["packages"]
