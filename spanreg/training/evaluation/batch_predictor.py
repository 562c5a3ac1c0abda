"""Logits of examples when nothing is learned: for evaluation during a run, after it, and for prediction."""

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


class Examples(Protocol):
    """A data set or a list: prepared examples by their positions."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of examples, in their order."""

    logits: NDArray[np.float32] | list[NDArray[np.float32]]
    """Shape: (examples, labels); where tokens are labelled, one array an example, shape: (gold tokens, labels), NaN for
    a gold token that the encoder sees nothing of."""
    predictions: NDArray[Any] | list[NDArray[Any]]
    """Label ids or real values, these within the task's bounds, shape: (examples,); for multi-label 0 and 1, shape:
    (examples, labels); where tokens are labelled, one array of label ids an example, -1 for a gold token that the
    encoder sees nothing of."""
    loss: float | None
    "Mean over the examples or the labelled tokens, with the head's class weights; None without gold labels."


class _Output(NamedTuple):
    """What a model says of a batch."""

    logits: Tensor | list[Tensor]
    "One row of logits an example, or one tensor of them."
    loss: float | None
    "The head's mean loss."
    weight: float
    "What that mean is divided by, such as the number of examples."


class Scorer:
    """Runs a model over prepared examples in batches of similar length, and gives the results in the given order.

    Parameters:
        model: put into evaluation mode while it runs, and back into its own mode after.
        collator: examples to a batch.
        batch_size: examples a batch.
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

    def __call__(self, examples: Examples, lengths: ArrayLike) -> Scores:
        """Scores examples.

        Args:
            examples: prepared examples, with ``labels`` where the loss is wanted, and ``positions`` where tokens are
                labelled.
            lengths: tokens of every example.
        """
        order = np.argsort(-np.asarray(lengths), kind="stable")
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
            return Scores([row.numpy() for row in ordered], [self._labels(row) for row in ordered], loss)
        logits = torch.empty(len(order), outputs[0].logits[0].shape[0])
        logits[torch.from_numpy(order)] = torch.cat([cast(Tensor, output.logits) for output in outputs])
        predictions: NDArray[Any] = self.model.predict(logits).numpy()
        if self.bounds is not None:
            predictions = predictions.clip(*self.bounds)
        return Scores(logits.numpy(), predictions, loss)

    def _batches(self, examples: Examples, order: NDArray[np.intp]) -> Iterator[Sequence[Mapping[str, Any]]]:
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size].tolist()
            several = getattr(examples, "__getitems__", None)
            yield several(chosen) if several else [examples[index] for index in chosen]

    def _score(self, examples: Sequence[Mapping[str, Any]]) -> _Output:
        batch = self.collator(examples)
        output = self.model(**{name: tensor.to(self.model.device) for name, tensor in batch.items()})
        logits: Tensor = output.logits.float().cpu()
        weight = self.model.head.loss_weight(batch["labels"].to(self.model.device)) if "labels" in batch else 0.0
        loss = None if output.loss is None else output.loss.item()
        rows = gold_logits(logits, batch["attention_mask"], examples) if self.model.token_level else logits
        return _Output(rows, loss, weight)

    def _labels(self, logits: Tensor) -> NDArray[np.int64]:
        """Label ids of one example's gold tokens, shape: (gold tokens,)."""
        labels: Tensor = self.model.predict(logits)
        return labels.masked_fill(logits.isnan().any(-1), -1).numpy()


def _mean_loss(outputs: Sequence[_Output]) -> float | None:
    """Return the mean loss over all batches, 0 where nothing has a label; None without gold labels."""
    known = [(output.loss, output.weight) for output in outputs if output.loss is not None]
    if not known:
        return None
    total = sum(weight for _, weight in known)
    return sum(loss * weight for loss, weight in known) / total if total else 0.0


def gold_logits(logits: Tensor, attention_mask: Tensor, examples: Sequence[Mapping[str, Any]]) -> list[Tensor]:
    """What was said of the first piece of each gold token, one tensor an example, shape: (gold tokens, labels).

    Args:
        logits: shape: (batch, tokens, labels).
        attention_mask: shape: (batch, tokens).
        examples: have ``positions``, -1 for a gold token without pieces, whose logits become NaN.
    """
    rows: list[Tensor] = []
    for row, first, example in zip(logits, attention_mask.argmax(1).tolist(), examples, strict=True):
        positions = torch.as_tensor(example[POSITIONS], dtype=torch.int64)
        chosen = row[(first + positions).clamp(min=0)]
        rows.append(chosen.masked_fill((positions < 0).unsqueeze(-1), torch.nan))
    return rows
