"""Compute scores by the size of the training set, for studies with an axis of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from spanreg.studies.analyse.arm_result import ArmResult

SIZE_AXES: Final = ("data.train_on", "data.few", "data.limit", "data.limit.train")
"Axes that choose the number of training examples."


@dataclass(frozen=True, slots=True)
class SizePoint:
    """Score of one arm with its number of training examples.

    ``size_curves(results.arms)[0].points[0].mean``
    """

    arm: str
    examples: int
    "Number of training examples; in a cross-validation, that of the first fold."
    mean: float
    deviation: float | None
    "Standard deviation over the seeds; None for one seed."
    seeds: int


@dataclass(frozen=True, slots=True)
class SizeCurve:
    """Scores of arms that differ only in the number of training examples, in its order.

    ``size_curves(results.arms)[0].label`` is ``"aggregator=none"``.
    """

    label: str
    "The other choices of the arms; empty if there are none."
    task: str
    metric: str
    points: tuple[SizePoint, ...]


def size_curves(arms: Sequence[ArmResult]) -> list[SizeCurve]:
    """Return a curve for each combination of the other axes with at least two sizes; none without such an axis."""
    groups: dict[tuple[str, str, str], list[SizePoint]] = {}
    for arm in arms:
        choice = arm.arm.choice or {}
        if arm.mean is None or not any(axis in choice for axis in SIZE_AXES):
            continue
        label = ",".join(f"{axis}={name}" for axis, name in choice.items() if axis not in SIZE_AXES)
        # The recorded number, since an axis may give a share: ``data.train_on: 0.1``.
        examples = arm.runs[0].training_examples
        point = SizePoint(arm.name, examples, arm.mean, arm.deviation, len(arm.scores))
        groups.setdefault((label, arm.task, arm.metric), []).append(point)
    return [
        SizeCurve(*key, tuple(sorted(points, key=lambda point: point.examples)))
        for key, points in groups.items()
        if len({point.examples for point in points}) > 1
    ]
