"""Join the folds of a cross-validation under one seed: together, they predict every example once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spanreg.metrics import evaluate
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.run_results import RunPredictions, RunResult


def joined_folds(results: Sequence[RunResult], folds: int) -> list[RunResult]:
    """Return one result for each arm and seed whose folds are all finished; incomplete ones are left out.

    The predictions of a joined result are those of all folds, in the order of ``idx``. Its figures are computed from
    them; figures that predictions do not determine, such as the loss, are left out. ``RunResult.folds`` has the folds
    themselves, whose scores depend on one another: any two of them share most of their training examples.

    Args:
        results: results of the finished runs.
        folds: number of folds.

    Raises:
        ConfigurationError: a fold has no gold labels.
    """
    groups: dict[tuple[str, int], list[RunResult]] = {}
    for result in results:
        groups.setdefault((result.run.arm, result.run.seed), []).append(result)
    # The length first: the number of folds may come from a stranger's plan.
    whole = [group for group in groups.values() if len(group) >= folds]
    return [_joined(group) for group in whole if {one.run.fold for one in group} == {*range(folds)}]


def _joined(group: Sequence[RunResult]) -> RunResult:
    # Runs finish in any order; a fixed one makes the joined result reproducible.
    parts = sorted(group, key=lambda one: one.run.fold or 0)
    first, predictions = parts[0], [one.predictions for one in parts if one.predictions is not None]
    if len(predictions) < len(parts):
        problem = f"a fold of '{first.run.arm}' has no gold labels"
        raise ConfigurationError(problem, path="folds", hint="give a training set that has labels")
    whole = RunPredictions(
        *(np.concatenate([getattr(one, name) for one in predictions]) for name in ("indices", "labels", "predictions"))
    )
    whole = whole.only(np.argsort(whole.indices, kind="stable"))
    # Computed from the joined predictions: the F1 of a whole is not the mean of the F1 of its parts.
    figures = evaluate(first.task, whole.predictions, whole.labels)
    memory = [one.peak_memory for one in parts if one.peak_memory is not None]
    training = {
        **first.metrics["training"],
        "seconds": sum(one.seconds for one in parts),
        "peak_memory": max(memory) if len(memory) == len(parts) else None,
    }
    # An evaluation during the training scores one fold only, so the joined result has none.
    metrics = {**first.metrics, "splits": {first.split: figures}, "training": training, "evaluations": [], "best": None}
    described = {**first.data, first.split: {"examples": len(whole.indices), "fingerprint": None, "spans": None}}
    run = replace(first.run, fold=None)
    return replace(first, run=run, metrics=metrics, data=described, predictions=whole, folds=tuple(parts))
