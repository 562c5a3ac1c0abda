"""Reader of the data set that comes with the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.data.demonstration import idioms
from spanreg.data.sampled_reader import SampledReader
from spanreg.data.sources.splits import require_split

if TYPE_CHECKING:
    from datasets import Dataset


@DatasetReader.register("demo")
class DemoReader(SampledReader):
    """Idioms: is the expression in the sentence used figuratively (1) or literally (0)?

    Registered as ``demo``. About 120 expressions, such as *spill the beans* or *on thin ice*, each in equally many
    literal and figurative sentences, about 2,900 in total. No expression occurs in two of the splits ``train``,
    ``validation`` and ``test``: a model cannot memorize phrases of the training set, it has to judge whether the words
    of an expression fit the rest of the sentence. The accuracy of guessing is 50 %. Nothing is downloaded, and the rows
    and their order are the same on every machine. In addition to the shared columns there is ``expression`` (string).

    Example:
        data: { type: 'demo', limit: { train: 200 } }

    Parameters:
        selection: the arguments of ``SampledReader``.

    Raises:
        ConfigurationError: at reading: there is no such split.
    """

    fixed_kind: ClassVar[TaskKind | None] = "classification"

    def __init__(self, **selection: Any) -> None:
        super().__init__(**selection)
        self.task = Task(
            name="demo", kind="classification", labels=idioms.LABELS, metrics=("accuracy", "f1"), pair=False
        )

    def splits(self) -> Sequence[str]:
        return idioms.SPLITS

    def read_all(self, split: str) -> Dataset:
        import datasets

        require_split(split, idioms.SPLITS, "demo")
        sentences = idioms.sentences(split)
        kept = self.selection.rows(len(sentences), split, self.splits)
        # The numbers of the whole split, so that an example has the same ``idx`` under every limit.
        numbers = list(range(len(sentences))) if kept is None else kept.tolist()
        rows = [sentences[number] for number in numbers]
        return datasets.Dataset.from_dict(
            {
                "text": [row.text for row in rows],
                "label": [row.label for row in rows],
                "idx": numbers,
                "expression": [row.expression for row in rows],
            }
        )
