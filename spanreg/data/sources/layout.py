"""Where in a file a task's texts and labels are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from spanreg.data.base import Task

Scheme = Literal["iob2", "iob1", "iobes", "bilou", "none"]
"How labels of words mark chunks."


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and places by which a task was read for training, so that other files are read in the same way."""

    texts: tuple[str, ...] = ("text",)
    "The text columns, one or two; of a task that labels tokens the column of their lists."
    label: str = "label"
    "The label column."
    index: str | None = None
    "The column of the examples' numbers; None where they are counted."
    label_map: Mapping[str, str] = field(default_factory=dict)
    "What stands in the data, as text, to label word."
    label_separator: str = "|"
    "Between several labels in one string."
    skip_unknown: bool = False
    "Whether examples with the label -1 are left out."
    word_column: int = 0
    "Of files with a word on every line."
    label_column: int = -1
    scheme: Scheme = "none"
    format: str = ""
    "Registered name of the reader; empty where it reads no files of a known format."
    suffixes: tuple[str, ...] = ()
    "Of the files that it reads, packed ones without their last suffix."

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "texts": list(self.texts), "suffixes": list(self.suffixes)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Layout:
        """Return the layout that ``to_json`` gave."""
        return cls(**{**value, "texts": tuple(value["texts"]), "suffixes": tuple(value["suffixes"])})

    def columns(self, task: Task, names: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Return the text columns and the label column of a source.

        They are called as in the training data or, where the source has no such text columns, by the names that every
        task knows: ``text``, ``pair`` and ``label``, for tokens ``tokens``.

        Args:
            task: of the run.
            names: the columns of the source.
        """
        shared = ("tokens",) if task.kind == "token_classification" else ("text", "pair") if task.pair else ("text",)
        known = len(self.texts) == len(shared) and all(name in names for name in self.texts)
        if not known or (self.texts == ("text",) and "tokens" in names and shared == ("tokens",)):
            return shared, "label"
        return self.texts, self.label
