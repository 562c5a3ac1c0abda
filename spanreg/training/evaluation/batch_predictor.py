"""Predictions of a model for prepared examples, in evaluations and for new texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spanreg.model import SpanModel
from spanreg.preparation import SpanCollator
from spanreg.preparation.gold_tokens import POSITIONS
from spanreg.training.config.precision import Precision, autocast


class ExampleSequence(Protocol):
    """A sequence of prepared examples: a data set, or a list.

    ``predictor([{"input_ids": [101, 102], "span_ids": [0, 1]}], lengths=[2])``
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class ModelPredictions:
    """Logits, predictions and loss of a model for examples, in their order.

    ``predictor(examples, lengths).predictions``
    """

    logits: NDArray[np.float32] | list[NDArray[np.float32]]
    """Shape: (examples, labels); for token classification one array for each example, shape: (gold tokens, labels), NaN
    for a gold token that was truncated."""
    predictions: NDArray[Any] | list[NDArray[Any]]
    """Label ids, or real values within the task's bounds, shape: (examples,); for multi-label 0 and 1, shape:
    (examples, labels); for token classification one array of label ids for each example, -1 for a gold token that was
    truncated."""
    loss: float | None
    "Mean over the examples or the labelled tokens, with the head's class weights; None without gold labels."


class _Output(NamedTuple):
    """Logits and loss of a batch."""

    logits: Tensor | list[Tensor]
    "One row of logits for each example, or one tensor of all."
    loss: float | None
    "The head's mean loss."
    weight: float
    "Divisor of that mean, such as the number of examples."


class BatchPredictor:
    """Predicts prepared examples in batches of similar length, and returns the results in the given order.

    ``BatchPredictor(model, collator, batch_size=64, precision="fp32")(dataset, dataset["length"])``

    Parameters:
        model: the model; it is in evaluation mode during the call, and in its earlier mode afterwards.
        collator: makes batches of examples.
        batch_size: examples in a batch.
        precision: number format of the matrix products.
        bounds: range of a regression's values, to which predictions are clipped; default: none.
    """

    def __init__(
        self,
        model: SpanModel,
        collator: SpanCollator,
        batch_size: int,
        precision: Precision,
        bounds: tuple[float, float] | None = None,
    ) -> None:
        self.model = model
        self.collator = collator
        self.batch_size = batch_size
        self.precision = precision
        self.bounds = bounds

    def __call__(self, examples: ExampleSequence, lengths: ArrayLike) -> ModelPredictions:
        """Return the predictions.

        Args:
            examples: prepared examples, with ``labels`` if the loss is needed, and ``positions`` for token
                classification.
            lengths: number of tokens of every example.
        """
        # The longest first: the least padding, and memory runs out early if it does.
        order = np.argsort(-np.asarray(lengths), kind="stable")  # shape: (examples,)
        training = self.model.training
        self.model.train(False)
        try:
            with torch.inference_mode(), autocast(self.precision, self.model.device):
                outputs = [self._score(batch) for batch in self._batches(examples, order)]
        finally:
            self.model.train(training)
        loss = _mean_loss(outputs)
        if self.model.token_level:
            rows = dict(zip(order.tolist(), chain.from_iterable(output.logits for output in outputs), strict=True))
            ordered = [rows[row] for row in range(len(order))]
            return ModelPredictions([row.numpy() for row in ordered], [self._labels(row) for row in ordered], loss)
        logits = torch.empty(len(order), outputs[0].logits[0].shape[0])  # shape: (examples, labels)
        logits[torch.from_numpy(order)] = torch.cat([cast(Tensor, output.logits) for output in outputs])
        predictions: NDArray[Any] = self.model.predict(logits).numpy()
        # A regression extrapolates; a value outside of the scale cannot be right.
        if self.bounds is not None:
            predictions = predictions.clip(*self.bounds)
        return ModelPredictions(logits.numpy(), predictions, loss)

    def _batches(self, examples: ExampleSequence, order: NDArray[np.intp]) -> Iterator[Sequence[Mapping[str, Any]]]:
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size].tolist()
            several = getattr(examples, "__getitems__", None)  # a data set reads many rows at once faster
            yield several(chosen) if several else [examples[index] for index in chosen]

    def _score(self, examples: Sequence[Mapping[str, Any]]) -> _Output:
        """Return logits and loss of one batch."""
        batch = self.collator(examples)
        output = self.model(**{name: tensor.to(self.model.device) for name, tensor in batch.items()})
        # A transfer for each batch keeps GPU memory small; float32, since NumPy has no bfloat16.
        # shape: (batch, labels), at token level (batch, tokens, labels)
        logits: Tensor = output.logits.float().cpu()
        weight = self.model.head.loss_weight(batch["labels"].to(self.model.device)) if "labels" in batch else 0.0
        loss = None if output.loss is None else output.loss.item()
        rows = gold_logits(logits, batch["attention_mask"], examples) if self.model.token_level else logits
        return _Output(rows, loss, weight)

    def _labels(self, logits: Tensor) -> NDArray[np.int64]:
        """Return the label ids of one example's gold tokens, shape: (gold tokens,)."""
        labels: Tensor = self.model.predict(logits)
        return labels.masked_fill(logits.isnan().any(-1), -1).numpy()


def _mean_loss(outputs: Sequence[_Output]) -> float | None:
    """Return the mean loss over all batches, 0 if no token has a label; None without gold labels."""
    known = [(output.loss, output.weight) for output in outputs if output.loss is not None]
    if not known:
        return None
    # By weight, not a mean of means: the last batch is smaller, and the result must not depend on the batch size.
    total = sum(weight for _, weight in known)
    return sum(loss * weight for loss, weight in known) / total if total else 0.0


def gold_logits(logits: Tensor, attention_mask: Tensor, examples: Sequence[Mapping[str, Any]]) -> list[Tensor]:
    """Return the logits of the first piece of each gold token, one tensor for each example.

    Args:
        logits: shape: (batch, tokens, labels).
        attention_mask: shape: (batch, tokens).
        examples: examples with ``positions``, -1 for a gold token without pieces.

    Returns:
        Tensors of shape: (gold tokens, labels); NaN for a gold token without pieces.
    """
    rows: list[Tensor] = []
    # Positions count from the first token, which padding on the left moves: argmax finds the first 1 of the mask.
    for row, first, example in zip(logits, attention_mask.argmax(1).tolist(), examples, strict=True):
        positions = torch.as_tensor(example[POSITIONS], dtype=torch.int64)
        chosen = row[(first + positions).clamp(min=0)]  # shape: (gold tokens, labels)
        rows.append(chosen.masked_fill((positions < 0).unsqueeze(-1), torch.nan))
    return rows
