"""Base of the metrics: predictions and gold labels to named figures."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any, ClassVar

from numpy.typing import NDArray

from spanreg.registry import Registrable

logger = logging.getLogger(__name__)


class Metric(Registrable):
    """Scores predictions against gold labels.

    To add one: subclass, decorate with ``@Metric.register("my_metric")``, name its ``figures`` and implement
    ``__call__``, which gives them; larger is better unless ``greater_is_better`` says otherwise.
    """

    figures: ClassVar[tuple[str, ...]]
    "Names of the figures, the main one first."
    greater_is_better: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        """Figures by name.

        Args:
            predictions: label ids, shape: (examples,), or real values for regression.
            labels: gold, same shape.
        """


def is_constant(metric: str, predictions: NDArray[Any], labels: NDArray[Any]) -> bool:
    """Whether a correlation is not defined because one side has a single value; logs a warning if so."""
    for side, values in (("predictions", predictions), ("gold labels", labels)):
        if (values == values[0]).all():
            logger.warning("%s is not defined: all %d %s are %s; taken as 0", metric, len(values), side, values[0])
            return True
    return False
