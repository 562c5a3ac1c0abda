"""Base of the metrics: predictions and gold labels to named figures."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any, ClassVar

from numpy.typing import NDArray

from spanreg.data.base import TaskKind
from spanreg.registry import Registrable

logger = logging.getLogger(__name__)


class Metric(Registrable):
    """Scores predictions against gold labels.

    To add one: subclass, decorate with ``@Metric.register("my_metric")``, name its ``figures`` and implement
    ``__call__``, which gives them; larger is better unless ``greater_is_better`` says otherwise. One for other tasks
    than those with one label or value an example names them in ``kinds``. One that must know the label words takes
    ``label_words: Runtime[tuple[str, ...]]`` in its ``__init__``.
    """

    figures: ClassVar[tuple[str, ...]]
    "Names of the figures, the main one first."
    greater_is_better: ClassVar[bool] = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "regression")
    "The kinds of task that it judges."

    @abstractmethod
    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        """Figures by name.

        Args:
            predictions: an array of label ids, or real values for regression, shape: (examples,); for ``multi_label``
                of 0 and 1, shape: (examples, labels); for ``token_classification`` a list with one array of label ids
                an example, in which -1 is a token that got none.
            labels: gold, same shape.
        """


def is_constant(metric: str, predictions: NDArray[Any], labels: NDArray[Any]) -> bool:
    """Whether a correlation is not defined because one side has a single value; logs a warning if so."""
    for side, values in (("predictions", predictions), ("gold labels", labels)):
        if (values == values[0]).all():
            logger.warning("%s is not defined: all %d %s are %s; taken as 0", metric, len(values), side, values[0])
            return True
    return False
