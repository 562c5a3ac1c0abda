"""``BatchPredictor``: scores in the given order, the mean loss, and bounds of predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from spanreg.heads import Head
from spanreg.training.evaluation.batch_predictor import BatchPredictor
from spanreg.training.serving.saved_run import SavedRun

TEXTS = ["the red fox saw a brown bear", "", "ran", "a " * 200, "spill the beans !", "the red fox ran . " * 3]


def fp32_predictor(run: SavedRun, batch_size: int) -> BatchPredictor:
    """Return a predictor in fp32; the default depends on the CPU, and bf16 scores depend on the padding."""
    predictor = run.predictor(batch_size=batch_size)
    predictor.precision = "fp32"
    return predictor


def test_scores_equal_those_of_single_examples_in_the_given_order(finished: Path) -> None:
    run = SavedRun(finished)
    tokens = run.span_tokenizer(TEXTS)
    examples = list(tokens.examples())
    predictor = fp32_predictor(run, batch_size=4)
    scores = predictor(examples, np.diff(tokens.bounds))
    for row, example in enumerate(examples):
        with torch.no_grad():
            alone = run.model(**predictor.collator([example])).logits
        np.testing.assert_allclose(scores.logits[row], alone[0].numpy(), atol=1e-5)
        assert scores.predictions[row] == run.model.predict(alone)[0]
    assert scores.loss is None


def test_the_loss_is_the_mean_over_all_examples(finished: Path) -> None:
    run = SavedRun(finished)
    tokens = run.span_tokenizer(TEXTS)
    examples = [{**example, "labels": row % 2} for row, example in enumerate(tokens.examples())]
    predictor = fp32_predictor(run, batch_size=4)
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
        predictor = fp32_predictor(run, size)
        scores = predictor(examples, np.diff(tokens.bounds))
        losses.append(scores.loss)
    labels = torch.tensor([example["labels"] for example in examples])
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(scores.logits), labels, torch.tensor([0.2, 5.0]), label_smoothing=smoothing
    )
    assert losses == pytest.approx([expected.item()] * 3, rel=1e-5)


def test_training_mode_is_restored_after_scoring(finished: Path) -> None:
    run = SavedRun(finished)
    for mode in (True, False):
        run.model.train(mode)
        run.score(["a"])
        assert run.model.training is mode


def test_predictions_are_clipped_to_the_bounds_of_the_task_but_logits_are_not(finished: Path) -> None:
    run = SavedRun(finished)
    unbounded = run.score(TEXTS)
    values = unbounded.logits[:, 0]
    low, high = sorted(values.tolist())[1:3]  # one value is below, and others are above
    predictor = run.predictor()
    # A classifier has no bounds: its first logit stands in for the value of a regression.
    predictor.model.predict = lambda logits: logits[:, 0]  # type: ignore[method-assign]
    predictor.bounds = (low, high)
    tokens = run.span_tokenizer(TEXTS)
    scores = predictor(list(tokens.examples()), np.diff(tokens.bounds))
    np.testing.assert_array_equal(scores.predictions, [min(max(value, low), high) for value in values.tolist()])
    np.testing.assert_array_equal(scores.logits, unbounded.logits)
