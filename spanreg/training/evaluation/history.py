"""What the evaluations of a training have shown so far."""

from __future__ import annotations

import logging
from typing import Any

from spanreg.training.evaluation.criterion import Best, Criterion

logger = logging.getLogger(__name__)

Figures = dict[str, dict[str, float]]
"By split, then by name."


class Evaluations:
    """All evaluations of a training, which of them is the best, and whether there is any use in going on.

    Parameters:
        criterion: the figure that decides which one is the best; None where there is nothing to evaluate.
        patience: after so many evaluations without a better one the training ends; None: it never does.
    """

    def __init__(self, criterion: Criterion | None, patience: int | None) -> None:
        self.patience = patience
        self.history: list[dict[str, Any]] = []
        self.best = Best(criterion) if criterion else None
        self.stopped_early = False

    def add(self, figures: Figures, step: int, epoch: float | None) -> bool:
        """Takes note of an evaluation; whether it is better than all before."""
        self.history.append({"step": step, "epoch": epoch, "splits": figures})
        if self.best is None:
            return False
        if self.best.see(figures, step):
            return True
        if self.patience is not None and self.best.worse_since >= self.patience:
            logger.info("no better %s in %d evaluations: the run ends", self.best.criterion, self.best.worse_since)
            self.stopped_early = True
        return False

    def at(self, step: int) -> Figures | None:
        """What the last evaluation found, if it was that of this step."""
        if not self.history or self.history[-1]["step"] != step:
            return None
        figures: Figures = self.history[-1]["splits"]
        return figures

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to keep of it."""
        best = None if self.best is None else self.best.state()
        return {"evaluations": self.history, "best": best, "stopped_early": self.stopped_early}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes back what ``state`` gave."""
        self.history, self.stopped_early = state["evaluations"], state["stopped_early"]
        if self.best is not None and state["best"] is not None:
            for name, value in state["best"].items():
                setattr(self.best, name, value)
