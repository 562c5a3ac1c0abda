"""GLUE score: it equals the leaderboard's score of BERT-large and a slow loop; incomplete tasks have no score."""

from __future__ import annotations

import pytest

from spanreg.integrations.glue_submission.score import SCORED_TASKS, glue_score, official, scored_splits, task_score

BERT_LARGE = {
    "cola": (60.5,), "sst2": (94.9,), "mrpc": (89.3, 85.4), "stsb": (87.6, 86.5), "qqp": (72.1, 89.3),
    "mnli": (86.7, 85.9), "qnli": (92.7,), "rte": (70.1,), "wnli": (65.1,),
}  # fmt: skip
"Row of BERT-large on the leaderboard, which shows the score 80.5 with one decimal, without the diagnostic set's 39.6."


def figures(task: str, values: tuple[float, ...], part: str = "validation") -> dict[str, dict[str, float]]:
    """Return a task's figures, with a loss, as ``metrics.json`` has them."""
    if task == "mnli":
        return {
            split: {"accuracy": value, "loss": 9.0}
            for split, value in zip(scored_splits(task, part), values, strict=True)
        }
    return {part: {**dict(zip(official(task), values, strict=True)), "loss": 9.0}}


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_score_equals_that_of_the_leaderboard(part: str) -> None:
    score = glue_score({task: figures(task, values, part) for task, values in BERT_LARGE.items()}, part)
    assert score.average == pytest.approx(80.5, abs=0.05)
    assert score.tasks["mrpc"] == pytest.approx((89.3 + 85.4) / 2)
    assert score.tasks["mnli"] == pytest.approx((86.7 + 85.9) / 2)
    assert tuple(score.tasks) == SCORED_TASKS
    assert score.missing == ()


def test_the_score_of_some_tasks_equals_a_slow_loop() -> None:
    tasks = ("rte", "stsb", "cola")
    total = 0.0
    for task in tasks:
        total += sum(BERT_LARGE[task]) / len(BERT_LARGE[task])
    score = glue_score({task: figures(task, BERT_LARGE[task]) for task in tasks})
    assert score.average == pytest.approx(total / 3)
    assert score.missing == ("sst2", "mrpc", "qqp", "mnli", "qnli", "wnli")


def test_an_incomplete_task_has_no_score() -> None:
    matched = {"validation_matched": {"accuracy": 0.8}, "test_ax": {"matthews_correlation": 0.1}}
    assert task_score("mnli", matched) is None
    assert task_score("mrpc", {"validation": {"f1": 0.5}}) is None
    score = glue_score({"mnli": matched})
    assert (score.tasks, score.average, score.missing) == ({}, None, SCORED_TASKS)


def test_the_diagnostic_set_is_refused() -> None:
    with pytest.raises(ValueError, match="not among GLUE's nine tasks: ax"):
        glue_score({"ax": {"test": {"matthews_correlation": 0.4}}})
