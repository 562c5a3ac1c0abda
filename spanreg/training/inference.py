"""Logits of examples when nothing is learned: for evaluation during a run, after it, and for prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spanreg.model import SpanModel
from spanreg.preparation import SpanCollator
from spanreg.training.precision import Precision, autocast


class Examples(Protocol):
    """A data set or a list: prepared examples by their positions."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of examples, in their order."""

    logits: NDArray[np.float32]
    "Shape: (examples, labels)."
    predictions: NDArray[Any]
    "Label ids or real values, these within the task's bounds, shape: (examples,)."
    loss: float | None
    "Mean over the examples; None without gold labels."


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
            examples: prepared examples, with ``labels`` where the loss is wanted.
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
        logits = torch.empty(len(order), outputs[0][0].shape[1])
        logits[torch.from_numpy(order)] = torch.cat([batch for batch, _ in outputs])
        losses = [loss for _, loss in outputs if loss is not None]
        predictions: NDArray[Any] = self.model.predict(logits).numpy()
        if self.bounds is not None:
            predictions = predictions.clip(*self.bounds)
        return Scores(logits.numpy(), predictions, sum(losses) / len(order) if losses else None)

    def _batches(self, examples: Examples, order: NDArray[np.intp]) -> Iterator[Sequence[Mapping[str, Any]]]:
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size].tolist()
            several = getattr(examples, "__getitems__", None)
            yield several(chosen) if several else [examples[index] for index in chosen]

    def _score(self, examples: Sequence[Mapping[str, Any]]) -> tuple[Tensor, float | None]:
        """Logits of a batch, shape: (batch, labels), and the sum of its losses."""
        batch = {name: tensor.to(self.model.device) for name, tensor in self.collator(examples).items()}
        output = self.model(**batch)
        loss = None if output.loss is None else output.loss.item() * len(examples)
        return output.logits.float().cpu(), loss
