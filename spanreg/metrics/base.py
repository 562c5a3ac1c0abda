"""Base of the metrics: predictions and gold labels to named figures."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from numpy.typing import NDArray

from spanreg.registry import Registrable


class Metric(Registrable):
    """Scores predictions against gold labels.

    To add one: subclass, decorate with ``@Metric.register("my_metric")`` and implement ``__call__``, which gives one or
    more named figures; larger is better unless ``greater_is_better`` says otherwise.
    """

    greater_is_better: bool = True

    @abstractmethod
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        """Figures by name.

        Args:
            predictions: label ids, shape: (examples,), or real values for regression.
            labels: gold, same shape.
        """


