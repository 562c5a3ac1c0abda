"""Base of the metrics: from predictions and gold labels to named figures."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any, ClassVar

from numpy.typing import NDArray

from spanreg.data.base import TaskKind
from spanreg.metrics.sums import AdditiveScore
from spanreg.registry import Registrable

logger = logging.getLogger(__name__)


class Metric(Registrable):
    """Scores predictions against gold labels.

    ``Metric.from_params({"type": "f1", "positive": 0})(predictions, labels)`` returns ``{"f1": 0.8}``.

    To add one, write two files: the metric and its test. In the first, subclass ``Metric``, decorate the class with
    ``@Metric.register("my_metric")``, list its ``figures`` and implement ``__call__``, which returns them. Set

    - ``kinds``, unless it is for tasks with one label or one value per example;
    - ``greater_is_better = False`` if a smaller figure is better;
    - ``percent = True`` if reports show its figures times 100;
    - ``additive``, if a figure depends on the examples only through sums. Studies then resample examples by the
      thousand; without it they still test over groups of examples, which takes one call per group.

    Its arguments are keys of a config: ``metrics: [{type: 'my_metric', beta: 2}]``. A metric that needs the label words
    takes ``label_words: Runtime[tuple[str, ...]]`` in ``__init__``. ``spanreg.testing.check_component`` in its test
    checks all of this.
    """

    figures: tuple[str, ...]
    "Names of the figures, the main one first."
    greater_is_better: ClassVar[bool] = True
    "Whether a larger figure is better."
    percent: ClassVar[bool] = False
    "Whether reports show the figures times 100."
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "regression")
    "The kinds of task that it scores."

    @abstractmethod
    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        """Return the figures by name.

        Args:
            predictions: an array of label ids, or real values for regression, shape: (examples,); for ``multi_label``
                of 0 and 1, shape: (examples, labels); for ``token_classification`` a list with one array of label ids
                for each example, in which -1 is a token without a prediction.
            labels: gold, same shape.
        """

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore | None:
        """Return a figure as a function of sums over examples; None (the default) if it is not one.

        Args:
            figure: one of ``figures``.
            predictions: as in ``__call__``.
            labels: as in ``__call__``.
        """
        return None

    def is_defined_for(self, labels: NDArray[Any]) -> bool:
        """Return whether the figures are defined for these gold labels, for any predictions.

        A correlation is not if all labels are the same; reports leave such subsets of the examples out.

        Args:
            labels: as in ``__call__``.
        """
        return True


def varies(values: NDArray[Any]) -> bool:
    """Return whether there is more than one value."""
    return bool((values != values[0]).any())


def is_constant(metric: str, predictions: NDArray[Any], labels: NDArray[Any]) -> bool:
    """Return whether a correlation is undefined because one side has a single value; log a warning if so."""
    for side, values in (("predictions", predictions), ("gold labels", labels)):
        if (values == values[0]).all():
            # 0 instead of NaN, which would spoil every mean that it enters.
            logger.warning("%s is not defined: all %d %s are %s; taken as 0", metric, len(values), side, values[0])
            return True
    return False
