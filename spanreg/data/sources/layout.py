"""Columns of a task's texts and labels in data files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from spanreg.data.base import Task

Scheme = Literal["iob2", "iob1", "iobes", "bilou", "none"]
"How the labels of words mark chunks."


@dataclass(frozen=True, slots=True)
class DataLayout:
    """Columns and formats from which a task was read for training, so that other files are read in the same way.

    Example: ``DataLayout(texts=("sentence",), label="stars", format="csv")``.
    """

    texts: tuple[str, ...] = ("text",)
    "The text columns, one or two; for a task on tokens the column with lists of tokens."
    label: str = "label"
    "The label column."
    index: str | None = None
    "The column with the examples' numbers; None if they are counted."
    label_map: Mapping[str, str] = field(default_factory=dict)
    "Value in the data, as text, to label word."
    label_separator: str = "|"
    "Separator of several labels in one string."
    skip_unknown: bool = False
    "Whether to leave out examples with the label -1."
    word_column: int = 0
    "Column of the words in files with a word on every line."
    label_column: int = -1
    "Column of the labels in such files."
    scheme: Scheme = "none"
    format: str = ""
    "Format of the training files; empty if the reader reads no files of a known format."
    suffixes: tuple[str, ...] = ()
    "Suffixes of the training files, those of compressed files without ``.gz`` or ``.zst``."

    def to_json(self) -> dict[str, Any]:
        """Return the layout as JSON values."""
        return {**asdict(self), "texts": list(self.texts), "suffixes": list(self.suffixes)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DataLayout:
        """Return the layout that ``to_json`` converted."""
        return cls(**{**value, "texts": tuple(value["texts"]), "suffixes": tuple(value["suffixes"])})

    def columns(self, task: Task, names: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Return the text columns and the label column of a source.

        They have the names of the training data or, where the source lacks those text columns, the shared names:
        ``text``, ``pair`` and ``label``, for tokens ``tokens``.

        Args:
            task: the task of the run.
            names: all columns of the source.
        """
        shared = ("tokens",) if task.kind == "token_classification" else ("text", "pair") if task.pair else ("text",)
        # A file of tokens next to training data whose text column is called "text": the tokens are what the task
        # labels.
        known = len(self.texts) == len(shared) and all(name in names for name in self.texts)
        if not known or (self.texts == ("text",) and "tokens" in names and shared == ("tokens",)):
            return shared, "label"
        return self.texts, self.label
