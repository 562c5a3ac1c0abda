"""Base of the dataset readers: where labelled sentences come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from spanreg.data.reading.fingerprint import content_fingerprint
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.splits import is_test_split, is_training_split
from spanreg.registry import ConfigurationError, Registrable

if TYPE_CHECKING:
    from datasets import Dataset

MetricConfig = str | Mapping[str, Any]
"Registered name of a metric, or its config, ``{type: 'f1', positive: 'yes'}``."

TaskKind = Literal["classification", "regression", "multi_label", "token_classification"]
"What is asked: one label, a real value, any number of labels, or a label for each token; each has a head of its name."


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a sentence or a pair, and how the answer is judged."""

    name: str
    "Name in run folders and reports, for instance ``mrpc``."
    kind: TaskKind
    "Decides the default head."
    labels: tuple[str, ...]
    "Label words in the order of their ids; empty for regression."
    metrics: tuple[MetricConfig, ...]
    "Metrics by name or config; the first one is the main one."
    pair: bool
    "Whether a text comes with a second one."
    bounds: tuple[float, float] | None = None
    "Range of a regression's values: a prediction outside of it is moved to the nearer end. Default: none."


def task_of_json(written: Any) -> Task:
    """Return the task that a saved file describes.

    Raises:
        ConfigurationError: it does not describe one.
    """
    try:
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in written.items()
        }
        task = Task(**fields)
    except (TypeError, AttributeError) as error:
        raise ConfigurationError(f"it does not describe a task ({error})") from error
    metrics = [one.get("type") if isinstance(one, Mapping) else one for one in _texts(task.metrics)]
    texts = [task.name, task.kind, *_texts(task.labels), *metrics]
    if task.kind not in get_args(TaskKind) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"it describes a task of the kind {task.kind!r}, which there is not")
    return task


def _texts(values: Any) -> tuple[Any, ...]:
    """Return a tuple of texts as it is; anything else as a text that is none."""
    return values if isinstance(values, tuple) else (None,)


class DatasetReader(Registrable):
    """Reads the splits of one task into columns that every reader shares.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")``, set ``task`` in ``__init__``
    and implement ``splits`` and ``read``. Every ``Dataset`` that ``read`` gives has the columns ``text`` (string),
    ``pair`` (string, only where ``task.pair``), ``label`` (-1 where unknown) and ``idx`` (int64). By ``task.kind``, a
    ``label`` is:

    - ``classification``: the label's id (int64); ``regression``: the value (float32), NaN where unknown;
    - ``multi_label``: a list of as many int64 as there are labels, 1 for those that the text has, otherwise 0;
    - ``token_classification``: a list of label ids (int64), one for each gold token of the text. Two columns more say
      where the gold tokens are: ``starts`` and ``ends``, lists of character offsets (int32), in the order of the text.
    """

    default_implementation: ClassVar[str | None] = None

    task: Task

    @abstractmethod
    def splits(self) -> Sequence[str]:
        """Names of the splits at hand, in the order train, validation, test."""

    def evaluation_splits(self) -> list[str]:
        """Return the splits that show during training how good a run is: all but the training and the test sets."""
        return [split for split in self.splits() if not is_training_split(split) and not is_test_split(split)]

    @abstractmethod
    def read(self, split: str) -> Dataset:
        """One split in the shared columns.

        Raises:
            ConfigurationError: the split, its files or its columns are missing, or a label is out of range.
        """

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        """Return the metrics of a split, the main one first: the task's, unless a split has others."""
        return self.task.metrics

    @property
    def layout(self) -> Layout:
        """Where the texts and labels are in the files that are read, so that others can be read in the same way."""
        return Layout(texts=("text", "pair") if self.task.pair else ("text",))

    def use_task(self, task: Task) -> None:
        """Take a run's task in place of one that would be inferred from the data; default: no change.

        Args:
            task: what the run was trained for.
        """

    def content_files(self) -> Sequence[Path]:
        """Files that are read without the config naming them, so that a change of them can be seen; none here."""
        return ()

    def fingerprint(self, split: str) -> str:
        """A hash of the split's content, the same on every machine, for the run record."""
        return content_fingerprint(self.read(split))
