"""Error rates of the decisive test, on a small sample of what ``make simulate`` simulates."""

from __future__ import annotations

import json
from math import sqrt

import pytest

from spanreg.benchmarks.calibration import (
    RULES,
    VARYING,
    WORLDS,
    bench_calibration,
    error_rates,
    markdown_table,
    rule_error_rate,
)
from spanreg.cli.main import main

FALSE_ALARMS, COVERAGE = 0.05, 0.94


def check_error_rates(metric: str, varying: str, seeds: int, examples: int, studies: int) -> None:
    """Check false alarms and coverage, with a tolerance of three standard deviations of the simulation."""
    found = error_rates(metric, varying, seeds, examples, studies)
    assert found.false_alarms <= FALSE_ALARMS + 3 * sqrt(FALSE_ALARMS * (1 - FALSE_ALARMS) / studies)
    assert found.coverage >= COVERAGE - 3 * sqrt(COVERAGE * (1 - COVERAGE) / studies)
    assert found.power > 0


@pytest.mark.parametrize("varying", VARYING)
def test_error_rates_of_accuracy(varying: str) -> None:
    check_error_rates("accuracy", varying, 3, 100, studies=150)


@pytest.mark.parametrize("metric", sorted(WORLDS.keys() - {"accuracy"}))
def test_error_rates_of_other_scores(metric: str) -> None:
    check_error_rates(metric, "both", 5, 100, studies=60)


def test_only_the_chosen_rule_keeps_the_error_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.benchmarks.calibration._DRAWS", 10_000)
    # Under 0.058, a rate of 5 % is within four standard errors of 10,000 draws.
    rates = {rule: max(rule_error_rate(rule, seeds) for seeds in (3, 10)) for rule in RULES}
    chosen = [rule for rule in RULES if rule.endswith("(chosen)")]
    assert [rule for rule, rate in rates.items() if rate <= 0.058] == chosen


def test_the_table_of_error_rates(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("spanreg.benchmarks.calibration._DRAWS", 100)
    report = bench_calibration(4, (3, 4), (20, 30), ("accuracy", "chunk F1"))
    assert len(report.results) == 2 * len(VARYING) * 2 * 2 + 2 * len(RULES)
    lines = markdown_table(report, (3, 4)).splitlines()
    assert lines[0] == "| score | varies | 3 seeds | 4 seeds |"
    assert len(lines) == 2 + 2 * len(VARYING) + 1 + 2 + len(RULES)
    assert lines[2].startswith("| accuracy | nothing | ")
    monkeypatch.setattr("spanreg.benchmarks.calibration.bench_calibration", lambda studies: report)
    assert main(["bench", "calibration", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bench"] == "calibration"
    assert main(["bench", "study", "--markdown"]) == 2
    assert "--markdown: 'study' has no such table. give --json" in capsys.readouterr().err
