"""Learning curves: scores by the size of the training set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.size_curves import size_curves
from spanreg.studies.execute.record import PlannedArm


def arm(examples: int, scores: list[float], **choice: str) -> ArmResult:
    """Return the result of an arm; ``_in_`` in a name stands for the dot of a key."""
    keys = {key.replace("_in_", "."): value for key, value in choice.items()}
    runs: Any = [SimpleNamespace(training_examples=examples) for _ in scores]
    return ArmResult(PlannedArm(f"arm {examples}", {}, choice=keys), cast(Any, runs), "accuracy", scores, "demo")


def test_arms_that_differ_only_in_training_size_form_a_curve() -> None:
    arms = [
        arm(200, [0.7, 0.9], data_in_train_on="1.0", aggregator="none"),
        arm(20, [0.5], data_in_train_on="0.1", aggregator="none"),
        arm(20, [0.6], data_in_train_on="0.1", aggregator="flat_cnn"),
        arm(200, [], data_in_train_on="1.0", aggregator="flat_cnn"),
        arm(200, [0.1], aggregator="flat_cnn"),
    ]
    # The CNN has one size with scores, and the last arm has no size among its choices.
    curves = size_curves(arms)
    assert [(curve.label, curve.task, curve.metric) for curve in curves] == [("aggregator=none", "demo", "accuracy")]
    assert [(point.examples, point.mean, point.seeds) for point in curves[0].points] == [(20, 0.5, 1), (200, 0.8, 2)]
    assert curves[0].points[1].deviation is not None
