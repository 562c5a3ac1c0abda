"""Compute facts that put a score in context: majority class, constant predictions, scores by class, noise of times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spanreg.metrics import evaluate
from spanreg.studies.analyse.arm_result import ArmResult


def quality_facts(arm: ArmResult, baseline: ArmResult | None) -> dict[str, Any]:
    """Return the facts of one arm in plain JSON.

    ``majority`` is the score of predicting the most frequent class for every example, in the arm's metric;
    ``constant_seeds`` are the seeds under which all predictions are equal. ``classes`` has precision, recall and F1 of
    each class, as means over the seeds. ``seconds_ratios`` has the training time relative to the baseline's for each
    shared seed.

    Args:
        arm: the arm with its finished runs.
        baseline: the arm that it is compared with, or itself; None if there is none.
    """
    train = arm.runs[0].data.get("train", {}) if arm.runs else {}
    theirs = {result.run.seed: result.seconds for result in baseline.runs} if baseline else {}
    # By seed, since runs of one seed have the same batches; their spread shows the noise of the times.
    shared = [(result.seconds, theirs[result.run.seed]) for result in arm.runs if theirs.get(result.run.seed)]
    return {
        "training_examples": train.get("examples"),
        "majority": _majority(arm),
        "constant_seeds": _constant_seeds(arm),
        "classes": _classes(arm),
        "seconds_by_seed": [result.seconds for result in arm.runs],
        "seconds_ratios": [own / other for own, other in shared],
    }


def spell_seeds(seeds: Sequence[int]) -> str:
    """Return seeds as text: ``seed 2``, or ``the seeds 1, 2``."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"the seeds {', '.join(map(str, seeds))}"


def quality_warnings(arms: Sequence[dict[str, Any]]) -> list[str]:
    """Return warnings on constant predictions, and on scores that do not exceed the majority class.

    Args:
        arms: facts of all arms, including those of ``quality_facts``.
    """
    found = [
        f"'{arm['name']}' makes the same prediction for every example under {spell_seeds(arm['constant_seeds'])}: "
        "it has learned nothing there."
        for arm in arms
        if arm["constant_seeds"]
    ]
    low = [arm["name"] for arm in arms if is_low(arm)]
    if low:
        found.append(f"The mean is not better than always predicting the majority class: {', '.join(map(repr, low))}.")
    return found


def is_low(arm: dict[str, Any]) -> bool:
    """Return whether an arm's mean does not exceed the score of the majority class."""
    if arm["majority"] is None or arm["mean"] is None:
        return False
    better: bool = arm["mean"] > arm["majority"] if arm["greater_is_better"] else arm["mean"] < arm["majority"]
    return not better


def _majority(arm: ArmResult) -> float | None:
    first = arm.runs[0] if arm.runs else None
    if first is None or first.predictions is None or first.task.kind != "classification":
        return None
    labels = first.predictions.labels.astype(np.int64)
    # The majority class of the scored split, not of the training set: the strongest constant answer.
    answer = np.full_like(labels, np.bincount(labels).argmax())
    score = evaluate(first.task, answer, labels).get(arm.metric)
    return None if score is None or not np.isfinite(score) else float(score)


def _constant_seeds(arm: ArmResult) -> list[int]:
    return [
        result.run.seed
        for result in arm.runs
        if result.task.kind in ("classification", "regression")
        and result.predictions is not None
        and len(result.predictions.predictions) > 1
        and (result.predictions.predictions == result.predictions.predictions[0]).all()
    ]


def _classes(arm: ArmResult) -> list[dict[str, Any]]:
    runs = [result for result in arm.runs if result.predictions is not None]
    if not runs or runs[0].task.kind not in ("classification", "multi_label"):
        return []
    from sklearn.metrics import precision_recall_fscore_support  # importing it takes as long as the rest of a table

    words = runs[0].task.labels
    # All labels by number: a class that a model never predicts, or that the split lacks, keeps its row.
    by_seed = np.array(
        [
            precision_recall_fscore_support(
                result.predictions.labels, result.predictions.predictions, labels=range(len(words)), zero_division=0
            )
            for result in runs
            if result.predictions is not None
        ],
        dtype=np.float64,
    )  # shape: (seeds, 4, labels)
    means = by_seed.mean(0)  # shape: (4, labels)
    return [
        {
            "label": word,
            "examples": int(means[3, place]),
            "precision": float(means[0, place]),
            "recall": float(means[1, place]),
            "f1": float(means[2, place]),
        }
        for place, word in enumerate(words)
    ]
