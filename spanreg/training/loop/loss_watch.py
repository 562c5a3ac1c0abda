"""Sees the first loss that is not finite."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import torch
from torch import Tensor

from spanreg.registry import ConfigurationError
from spanreg.training.config.options import TrainingOptions
from spanreg.training.data.batches import name_examples


class LossWatch:
    """Ends a run whose loss is not finite, and names the step and the examples at which that began.

    On the CPU every loss is looked at, before any weight follows it. A GPU is not made to wait at every step: the batch
    is noted on the GPU itself and looked at every ``cadence`` steps, and before every checkpoint.

    Parameters:
        options: the ``training`` part of the config, for the hint.
        cadence: steps between two looks on a GPU.

    Raises:
        ConfigurationError: the loss is not finite.
    """

    def __init__(self, options: TrainingOptions, cadence: int) -> None:
        self.options = options
        self.cadence = max(1, int(cadence))
        self._batches: list[tuple[int, Tensor | None]] = []
        "Step and examples of every batch since the last look."
        self._first: Tensor | None = None
        "Place in ``_batches`` of the first loss that was not finite, counted from 1; 0 while there is none."

    def see(self, loss: Tensor, step: int, examples: Tensor | None = None) -> None:
        """Takes note of one batch.

        Args:
            loss: of the batch, shape: ().
            step: which it belongs to, counted from 1.
            examples: the ``idx`` of its examples, shape: (batch,).
        """
        self._batches.append((step, examples))
        # shape: ()
        now = torch.where(torch.isfinite(loss.detach()), 0, len(self._batches))
        self._first = now if self._first is None else torch.where(self._first == 0, now, self._first)
        if loss.device.type == "cpu" or step % self.cadence == 0:
            self.require_finite()

    def require_finite(self) -> None:
        """Raises if any loss so far was not finite."""
        place = 0 if self._first is None else int(self._first.item())
        if place:
            step, examples = self._batches[place - 1]
            problem = f"the loss is not finite from step {step} on, first for {name_examples(examples)}"
            raise self._refusal(problem, "look at these examples; ")
        self._batches, self._first = [], None

    def see_scores(self, figures: Mapping[str, Mapping[str, float]], step: int) -> None:
        """Raises if a split's loss is not finite: the weights have run away, and no batch has met them yet.

        Args:
            figures: by split and name.
            step: the last one before the scoring.
        """
        for split, named in figures.items():
            if not isfinite(named.get("loss", 0.0)):
                raise self._refusal(f"the loss on the split '{split}' is not finite after step {step}")

    def _refusal(self, problem: str, first: str = "") -> ConfigurationError:
        lower = f"lower learning_rate (it is {self.options.learning_rate:g})"
        hint = f"{first}{lower}, lengthen warmup, or take precision 'fp32'"
        return ConfigurationError(problem, path="training", hint=hint)
