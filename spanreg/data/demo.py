"""The data set that ships with the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spanreg.data.base import DatasetReader, Task
from spanreg.data.demonstration import idioms
from spanreg.data.reading.limit import Limit, limit_of
from spanreg.registry import ConfigurationError, suggest

if TYPE_CHECKING:
    from datasets import Dataset


@DatasetReader.register("demo")
class Demo(DatasetReader):
    """Idioms: is the expression in the sentence used figuratively (1) or literally (0)?

    Registered as ``demo``. About 120 expressions, such as *spill the beans* or *on thin ice*, each in as many literal
    as figurative sentences, some 2,900 in all. No expression stands in two of the splits ``train``, ``validation`` and
    ``test``: to know the phrases of the train set does not help, what helps is to see whether the words of an
    expression go with the rest of the sentence. Chance is 50 %. Nothing is downloaded, and every call on every machine
    gives the same rows in the same order. Beside the shared columns there is ``expression`` (string).

    Parameters:
        limit: at most so many examples of every split, the first ones, for quick runs, or of some:
            ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: at reading: there is no such split.
    """

    def __init__(self, limit: Limit | None = None) -> None:
        self.limit = limit
        self.task = Task(
            name="demo", kind="classification", labels=idioms.LABELS, metrics=("accuracy", "f1"), pair=False
        )

    def splits(self) -> Sequence[str]:
        return idioms.SPLITS

    def read(self, split: str) -> Dataset:
        import datasets

        if split not in idioms.SPLITS:
            raise ConfigurationError(f"demo has no split {split!r}", hint=suggest(split, idioms.SPLITS, "splits"))
        rows = idioms.sentences(split)[: limit_of(self.limit, split, self.splits)]
        return datasets.Dataset.from_dict(
            {
                "text": [row.text for row in rows],
                "label": [row.label for row in rows],
                "idx": list(range(len(rows))),
                "expression": [row.expression for row in rows],
            }
        )
