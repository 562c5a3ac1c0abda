"""Studies that compare arms by a user's metric or by the config of a metric."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from spanreg.data.base import Task
from spanreg.metrics import AdditiveScore, Metric
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts

MakeStudy = Callable[..., Path]
GOLD = np.random.default_rng(0).integers(2, size=200)


def runs(wrong: float, first: int = 0) -> dict[int, list[int]]:
    """Return the gold labels with a share of wrong ones, under three seeds."""
    flipped = {seed: np.random.default_rng(100 * first + seed).random(len(GOLD)) < wrong for seed in (1, 2, 3)}
    return {seed: np.where(rows, 1 - GOLD, GOLD).tolist() for seed, rows in flipped.items()}


def read(folder: Path) -> StudyResults:
    """Return the results of a study folder."""
    return read_results(StudyReader(folder))


class SquaredAccuracy(Metric):
    """A user's metric without sums, which needs at least ``fewest`` examples."""

    figures = ("strict",)
    fewest = 1

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        if len(labels) < self.fewest:
            raise ValueError("too few examples")
        return {"strict": float((predictions == labels).mean()) ** 2}


def test_a_users_metric_is_tested_over_groups_of_examples(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Metric.register("strict")(SquaredAccuracy)
    task = Task("t", "classification", ("no", "yes"), ("strict", "accuracy"), False)
    folder = make_study({"plain": runs(0.4), "spans": runs(0.1, first=1)}, GOLD.tolist(), task)
    found = read(folder).arm("spans").comparison
    assert found is not None
    assert found.basis == "seeds and examples"
    assert found.low is not None
    assert found.low < found.difference
    assert found.p_examples is None
    # Groups of the 200 examples are now too small, so only the seeds are tested.
    monkeypatch.setattr(SquaredAccuracy, "fewest", 200)
    found = read(folder).arm("spans").comparison
    assert found is not None
    assert found.basis == "seeds"
    assert found.p == pytest.approx(found.p_seeds)
    assert "'strict' cannot be computed on a part of the examples (too few examples)" in caplog.text


def test_a_users_metric_with_sums_is_tested_like_a_built_in_metric(
    make_study_in: MakeStudy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    @Metric.register("error_rate")
    class ErrorRate(Metric):
        """Share of wrong predictions times a weight, with sums over the examples."""

        figures = ("errors",)
        greater_is_better = False
        percent = True

        def __init__(self, weight: float = 1.0) -> None:
            self.weight = weight

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            return {"errors": self.weight * float((predictions != labels).mean())}

        def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
            wrong = (predictions != labels).astype(float)
            return AdditiveScore(np.stack([wrong, np.ones_like(wrong)], 1), lambda sums: sums[..., 0] / sums[..., 1])

    predictions = {"plain": runs(0.4), "spans": runs(0.1, first=1)}
    accuracy = read(make_study_in(tmp_path / "a", predictions, GOLD.tolist())).arm("spans").comparison
    task = Task("t", "classification", ("no", "yes"), ("error_rate", "accuracy"), False)
    results = read(make_study_in(tmp_path / "b", predictions, GOLD.tolist(), task))
    found = results.arm("spans").comparison
    assert accuracy is not None
    assert found is not None
    assert found.basis == "seeds and examples"
    assert (found.p, found.low, found.high) == (
        pytest.approx(accuracy.p),
        pytest.approx(-accuracy.high),
        pytest.approx(-accuracy.low),
    )
    assert found.p_examples is not None
    facts = report_facts(results)
    assert (facts["scale"], facts["greater_is_better"], facts["metric"]) == (100, False, "errors")
    assert "'spans' is significantly better than 'plain'" in facts["headline"]
    # With a weight of 2, the sums do not give the recorded score, so they are not used.
    double = replace(task, metrics=({"type": "error_rate", "weight": 2.0}, "accuracy"))
    found = read(make_study_in(tmp_path / "c", predictions, GOLD.tolist(), double)).arm("spans").comparison
    assert found is not None
    assert found.p_examples is None
    assert "'errors': the sums of its 'additive' give" in caplog.text


def test_a_study_compares_arms_by_the_config_of_a_metric(make_study: MakeStudy) -> None:
    predictions = {"plain": runs(0.4), "spans": runs(0.1, first=1)}
    task = Task("t", "classification", ("no", "yes"), ("f1", "accuracy"), False)
    folder = make_study(predictions, GOLD.tolist(), task, plan={"metric": {"type": "f1", "positive": "no"}})
    results = read(folder)
    assert results.metrics == ["f1"]
    expected = [f1_score(GOLD, run, pos_label=0) for run in predictions["spans"].values()]
    assert results.arm("spans").scores == pytest.approx(expected)
    assert results.caption.startswith("f1 (positive: no) on validation")
    found = results.arm("spans").comparison
    assert found is not None
    assert found.p_examples is not None
    curve = report_facts(results)["arms"][1]["curves"][0]
    assert curve["evaluations"] == []


@pytest.mark.parametrize("size", [50.0, 200_000.0])
def test_an_error_of_large_values_is_the_one_that_a_training_recorded(
    make_study: MakeStudy, size: float, caplog: pytest.LogCaptureFixture
) -> None:
    @Metric.register("squared_error")
    class SquaredError(Metric):
        """Mean squared error, with sums over the examples."""

        figures = ("squared_error",)
        greater_is_better = False
        kinds = ("regression",)

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            return {"squared_error": float(np.mean((predictions - labels) ** 2))}

        def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
            errors = np.asarray((predictions - labels) ** 2, np.float64)
            return AdditiveScore(np.stack([errors, np.ones_like(errors)], 1), lambda sums: sums[..., 0] / sums[..., 1])

    task = Task("prices", "regression", (), ("squared_error",), False)
    gold = np.random.default_rng(0).uniform(size, 2 * size, 60).astype(np.float32)
    # A training scores float32 values, and writes the fewest digits that restore them.
    exact = {
        arm: {
            seed: (gold + np.random.default_rng(seed).normal(size=60) * wide).astype(np.float32) for seed in (1, 2, 3)
        }
        for arm, wide in {"plain": 10.0, "spans": 8.0}.items()
    }
    written = {arm: {seed: [float(str(one)) for one in row] for seed, row in own.items()} for arm, own in exact.items()}
    folder = make_study(written, [float(str(one)) for one in gold], task)
    for arm, own in exact.items():
        for seed, row in own.items():
            path = folder / "runs" / f"{arm}-{seed}" / "metrics.json"
            metrics = json.loads(path.read_text(encoding="utf-8"))
            metrics["splits"]["validation"]["squared_error"] = SquaredError()(row, gold)["squared_error"]
            path.write_text(json.dumps(metrics), encoding="utf-8")
    results = read(folder)
    assert results.arm("spans").scores == [
        SquaredError()(row, gold)["squared_error"] for row in exact["spans"].values()
    ]
    found = results.arm("spans").comparison
    assert found is not None
    assert found.p_examples is not None, "the sums of float64 values differ from the recorded score only by rounding"
    assert not caplog.text
    changed = folder / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace('"prediction": ', '"prediction": 1', 1), encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="'plain, seed 1': squared_error on validation is"):
        read(folder)
