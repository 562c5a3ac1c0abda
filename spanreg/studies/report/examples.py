"""Find the examples that only the arm or only its baseline labels right, with their spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans.offsets import layers_of_texts
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.analyse.split_rows import reads_spans, segmenter_of_run, split_rows
from spanreg.text.reasons import reason_of

MOST = 8
"Largest number of fixed examples, and of broken ones, that are shown for an arm."

Rows = dict[int, dict[str, Any]]
"Rows of a split by ``idx``."


def examples_facts(results: StudyResults, most: int = MOST) -> dict[str, dict[str, Any]]:
    """Return by arm how many examples it fixes and breaks against its baseline, and some of them.

    ``fixed`` and ``broken`` are means over the seeds; ``shown`` starts with the examples on which most seeds agree.
    ``gain`` is the mean over the seeds of the difference in correctness: 1 or 0 for one label, the share of right
    labels for several labels or tokens, the negative error for a real value. If texts or spans are no longer available,
    they are left out and ``problem`` has the reason.

    Args:
        results: results of the study.
        most: largest number of examples of each kind.
    """
    read: dict[str, Rows | str] = {}
    return {
        arm.name: _of_arm(arm, results.arm(arm.against), most, read)
        for arm in results.arms
        if arm.against and arm.comparison and arm.runs[0].predictions is not None
    }


def _of_arm(arm: ArmResult, baseline: ArmResult, most: int, read: dict[str, Rows | str]) -> dict[str, Any]:
    """Return the examples of one arm; ``read`` keeps texts for further arms on the same data."""
    pairs = [(mine, theirs) for mine in arm.runs for theirs in baseline.runs if mine.run.seed == theirs.run.seed]
    gains = np.stack([_rightness(mine) - _rightness(theirs) for mine, theirs in pairs])  # shape: (seeds, examples)
    mean = gains.mean(0)  # shape: (examples,)
    # With few seeds many gains are equal; a stable sort keeps these in the order of the data, so that the page is
    # reproducible.
    order = np.argsort(-mean, kind="stable")
    chosen = [row for row in order[:most] if mean[row] > 0] + [row for row in order[::-1][:most] if mean[row] < 0]
    texts = _texts(arm.runs[0], arm, read)
    shown = [_example(row, pairs, float(mean[row]), texts) for row in map(int, chosen)]
    problem = texts if isinstance(texts, str) else _add_spans(shown, {"spans": arm, "baseline_spans": baseline})
    return {
        "fixed": float((gains > 0).sum(1).mean()),
        "broken": float((gains < 0).sum(1).mean()),
        "seeds": [mine.run.seed for mine, _ in pairs],
        "shown": shown,
        "problem": problem,
    }


def _rightness(result: RunResult) -> NDArray[np.float64]:
    """Return how close each prediction of a run is to the label; larger is better, shape: (examples,)."""
    assert result.predictions is not None
    predictions, labels = result.predictions.predictions, result.predictions.labels
    if result.task.kind == "regression":
        return np.asarray(-np.abs(predictions.astype(np.float64) - labels))
    if result.task.kind == "classification":
        return np.asarray(predictions == labels, dtype=np.float64)
    # An example without tokens has nothing to get wrong.
    shares = [np.mean(found == gold) if len(gold) else 1.0 for found, gold in zip(predictions, labels, strict=True)]
    return np.array(shares, dtype=np.float64)


def _example(row: int, pairs: Sequence[tuple[RunResult, RunResult]], gain: float, texts: Rows | str) -> dict[str, Any]:
    """Return one example with its label, the predictions under all seeds, and its texts if they are known."""
    first = pairs[0][0]
    assert first.predictions is not None
    index = int(first.predictions.indices[row])
    known = {} if isinstance(texts, str) else texts.get(index, {})
    return {
        "idx": index,
        "gain": gain,
        "gold": _label_text(first.task, first.predictions.labels[row]),
        "arm": [_prediction(mine, row) for mine, _ in pairs],
        "baseline": [_prediction(theirs, row) for _, theirs in pairs],
        **{name: known[name] for name in ("text", "pair") if name in known},
    }


def _prediction(result: RunResult, row: int) -> str:
    assert result.predictions is not None
    return _label_text(result.task, result.predictions.predictions[row])


def _label_text(task: Task, value: Any) -> str:
    """Return the name of a label, several names, or a number."""
    if task.kind == "regression":
        return f"{float(value):.3g}"
    if task.kind == "classification":
        return task.labels[int(value)]
    if task.kind == "multi_label":
        return ", ".join(word for word, given in zip(task.labels, value, strict=True) if given) or "none"
    # One label per token; a negative one marks a token that is not scored.
    return " ".join(task.labels[label] if label >= 0 else "-" for label in value)


def _texts(result: RunResult, arm: ArmResult, read: dict[str, Rows | str]) -> Rows | str:
    """Return the rows of the arm's split, or the reason why they cannot be read; arms of the same data share them."""
    key = repr((arm.arm.config.get("data"), result.split))
    if key not in read:
        try:
            read[key] = {int(one["idx"]): one for one in split_rows(result, arm.arm.config)}
        except (ConfigurationError, OSError, KeyError) as error:
            # A report without texts is still useful, so that the error is only shown.
            read[key] = f"the texts can no longer be read: {reason_of(error)}"
    return read[key]


def _add_spans(shown: Sequence[dict[str, Any]], arms: Mapping[str, ArmResult]) -> str:
    """Add the spans that the models saw to the examples; return the reason if some are not available."""
    for name, arm in arms.items():
        if not reads_spans(arm):
            continue
        try:
            run = arm.runs[0]
            # Spans are recomputed from the run's dictionary: run folders keep only hashes of them.
            segmenter = segmenter_of_run(run.path).for_split(run.split)
            for side in ("text", "pair"):
                known = [one for one in shown if side in one]
                for one, layers in zip(known, layers_of_texts(segmenter, [one[side] for one in known]), strict=True):
                    one[name if side == "text" else f"pair_{name}"] = [list(span) for span in layers[0]]
        except (ConfigurationError, OSError, KeyError) as error:
            return f"the spans of '{arm.name}' can no longer be computed: {reason_of(error)}"
    return ""
