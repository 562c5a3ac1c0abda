"""Detect the first loss that is not finite."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Protocol

import torch
from torch import Tensor

from spanreg.registry import ConfigurationError
from spanreg.training.config.options import TrainingOptions
from spanreg.training.data.batches import name_examples


class LossObserver(Protocol):
    """Observes the losses of a training: ``LossWatch``, or the recorder of a learning-rate range test."""

    def observe(self, loss: Tensor, step: int, examples: Tensor | None = None) -> None:
        """Observe one batch: its loss, its step, and the ``idx`` of its examples."""

    def observe_scores(self, figures: Mapping[str, Mapping[str, float]], step: int) -> None:
        """Observe the metrics of all evaluation splits."""

    def require_finite(self) -> None:
        """Raise an error if a loss so far was not finite."""


class LossWatch:
    """Ends a run whose loss is not finite; the message has the step and the examples at which that started.

    On the CPU every loss is checked, before it changes a weight. On a GPU the check waits for ``cadence`` steps or a
    checkpoint, since reading a loss at every step would make the CPU wait for the GPU.

    ``LossWatch(options, cadence=50).observe(loss, step=1, examples=batch["idx"])``

    Parameters:
        options: the ``training`` part of the config, for the hint.
        cadence: steps between two checks on a GPU.

    Raises:
        ConfigurationError: the loss is not finite.
    """

    def __init__(self, options: TrainingOptions, cadence: int) -> None:
        self.options = options
        self.cadence = max(1, int(cadence))
        self._batches: list[tuple[int, Tensor | None]] = []
        "Step and examples of every batch since the last check."
        self._first: Tensor | None = None
        "Place in ``_batches`` of the first loss that was not finite, counted from 1; 0 while there is none."

    def observe(self, loss: Tensor, step: int, examples: Tensor | None = None) -> None:
        """Observe one batch.

        Args:
            loss: loss of the batch, shape: ().
            step: its step, counted from 1.
            examples: the ``idx`` of its examples, shape: (batch,).
        """
        self._batches.append((step, examples))
        # Without a branch on the value, which would make the CPU wait for the GPU.
        # shape: ()
        now = torch.where(torch.isfinite(loss.detach()), 0, len(self._batches))
        self._first = now if self._first is None else torch.where(self._first == 0, now, self._first)
        if loss.device.type == "cpu" or step % self.cadence == 0:
            self.require_finite()

    def require_finite(self) -> None:
        """Raise an error if a loss so far was not finite."""
        place = 0 if self._first is None else int(self._first.item())
        if place:
            step, examples = self._batches[place - 1]
            problem = f"the loss is not finite from step {step} on, first for {name_examples(examples)}"
            raise self._error(problem, "look at these examples; ")
        self._batches, self._first = [], None

    def observe_scores(self, figures: Mapping[str, Mapping[str, float]], step: int) -> None:
        """Raise an error if the loss of a split is not finite: the weights diverged in the last step.

        Args:
            figures: metrics by split and name.
            step: the last step before the evaluation.
        """
        for split, named in figures.items():
            if not isfinite(named.get("loss", 0.0)):
                raise self._error(f"the loss on the split '{split}' is not finite after step {step}")

    def _error(self, problem: str, first: str = "") -> ConfigurationError:
        lower = f"lower learning_rate (it is {self.options.learning_rate:g})"
        hint = f"{first}{lower}, lengthen warmup, or set precision: 'fp32'"
        return ConfigurationError(problem, path="training", hint=hint)
