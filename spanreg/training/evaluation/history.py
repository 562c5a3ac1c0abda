"""The evaluations of a training so far."""

from __future__ import annotations

import logging
from typing import Any

from spanreg.training.evaluation.criterion import BestEvaluation, SelectionCriterion

logger = logging.getLogger(__name__)

Figures = dict[str, dict[str, float]]
"Metrics by split, then by name."


class EvaluationHistory:
    """Keeps all evaluations of a training, selects the best, and decides on early stopping.

    ``EvaluationHistory(criterion, patience=3).add(figures, step=100, epoch=1.0)``

    Parameters:
        criterion: the metric that selects the best evaluation; None if there is nothing to evaluate.
        patience: evaluations without a better one after which the training stops; None: it does not stop early.
    """

    def __init__(self, criterion: SelectionCriterion | None, patience: int | None) -> None:
        self.patience = patience
        self.history: list[dict[str, Any]] = []
        self.best = BestEvaluation(criterion) if criterion else None
        self.stopped_early = False

    def add(self, figures: Figures, step: int, epoch: float | None) -> bool:
        """Add an evaluation, and return whether it is better than all before."""
        # Kept in full, since metrics.json and the report need every evaluation.
        self.history.append({"step": step, "epoch": epoch, "splits": figures})
        if self.best is None:
            return False
        if self.best.update(figures, step):
            return True
        if self.patience is not None and self.best.worse_since >= self.patience:
            logger.info("no better %s in %d evaluations: stopping early", self.best.criterion, self.best.worse_since)
            self.stopped_early = True
        return False

    def at(self, step: int) -> Figures | None:
        """Return the metrics of the last evaluation if it was after this step, otherwise None."""
        if not self.history or self.history[-1]["step"] != step:
            return None
        figures: Figures = self.history[-1]["splits"]
        return figures

    def state(self) -> dict[str, Any]:
        """Return the state, for a checkpoint."""
        best = None if self.best is None else self.best.state()
        return {"evaluations": self.history, "best": best, "stopped_early": self.stopped_early}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what ``state`` returned."""
        self.history, self.stopped_early = state["evaluations"], state["stopped_early"]
        if self.best is not None and state["best"] is not None:
            # In place: the criterion comes from the config, not from the checkpoint.
            for name, value in state["best"].items():
                setattr(self.best, name, value)
