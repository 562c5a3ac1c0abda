"""Scores come in the given order and equal those of one example at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from spanreg.heads import Head
from spanreg.training.serving.saved_run import SavedRun

TEXTS = ["the red fox saw a brown bear", "", "ran", "a " * 200, "spill the beans !", "the red fox ran . " * 3]


def test_it_equals_one_example_at_a_time(finished: Path) -> None:
    run = SavedRun(finished)
    tokens = run.span_tokenizer(TEXTS)
    examples = list(tokens.examples())
    predictor = run.predictor(batch_size=4)
    predictor.precision = "fp32"
    scores = predictor(examples, np.diff(tokens.bounds))
    for row, example in enumerate(examples):
        with torch.no_grad():
            alone = run.model(**predictor.collator([example])).logits
        np.testing.assert_allclose(scores.logits[row], alone[0].numpy(), atol=1e-5)
        assert scores.predictions[row] == run.model.predict(alone)[0]
    assert scores.loss is None


def test_the_loss_is_the_mean_over_the_examples(finished: Path) -> None:
    run = SavedRun(finished)
    tokens = run.span_tokenizer(TEXTS)
    examples = [{**example, "labels": row % 2} for row, example in enumerate(tokens.examples())]
    predictor = run.predictor(batch_size=4)
    predictor.precision = "fp32"
    scores = predictor(examples, np.diff(tokens.bounds))
    labels = torch.arange(len(TEXTS)) % 2
    expected = torch.nn.functional.cross_entropy(torch.from_numpy(scores.logits), labels)
    assert scores.loss is not None
    assert abs(scores.loss - expected.item()) < 1e-5


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_with_class_weights_does_not_depend_on_the_batch_size(finished: Path, smoothing: float) -> None:
    run = SavedRun(finished)
    head = {"type": "classification", "class_weights": [0.2, 5.0], "label_smoothing": smoothing}
    run.model.head = Head.from_params(head, dim=run.model.head.dim, num_labels=2)
    tokens = run.span_tokenizer(TEXTS)
    examples = [{**example, "labels": int(row == 1)} for row, example in enumerate(tokens.examples())]
    losses = []
    for size in (1, 4, 6):
        predictor = run.predictor(batch_size=size)
        predictor.precision = "fp32"
        scores = predictor(examples, np.diff(tokens.bounds))
        losses.append(scores.loss)
    labels = torch.tensor([example["labels"] for example in examples])
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(scores.logits), labels, torch.tensor([0.2, 5.0]), label_smoothing=smoothing
    )
    assert losses == pytest.approx([expected.item()] * 3, rel=1e-5)


def test_the_mode_of_the_model_is_restored(finished: Path) -> None:
    run = SavedRun(finished)
    for mode in (True, False):
        run.model.train(mode)
        run.score(["a"])
        assert run.model.training is mode


def test_predictions_are_clipped_to_the_tasks_bounds_and_logits_are_not(finished: Path) -> None:
    run = SavedRun(finished)
    free = run.score(TEXTS)
    values = free.logits[:, 0]
    low, high = sorted(values.tolist())[1:3]
    predictor = run.predictor()
    predictor.model.predict = lambda logits: logits[:, 0]  # type: ignore[method-assign]
    predictor.bounds = (low, high)
    tokens = run.span_tokenizer(TEXTS)
    scores = predictor(list(tokens.examples()), np.diff(tokens.bounds))
    np.testing.assert_array_equal(scores.predictions, [min(max(value, low), high) for value in values.tolist()])
    np.testing.assert_array_equal(scores.logits, free.logits)
