"""Splits that are files named one by one in a config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from spanreg.data.reading.limit import Limit
from spanreg.data.sources.formats import Format, content_suffix, read_table
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.splits import in_order
from spanreg.data.sources.table import SourceTable
from spanreg.data.tables import TableReader
from spanreg.metrics.base import Metric
from spanreg.packages import expand_home
from spanreg.registry import ConfigurationError, Distinct, Items, Lazy, suggest
from spanreg.storage import path_component


class FileReader(TableReader):
    """Base of the readers whose splits are files.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")`` and override ``read_file``.

    Parameters:
        files: split to file, for instance ``{train: 'train.csv', validation: 'dev.csv'}``; ``~`` is the home. Splits
            with the word ``test`` in their names are not looked at in training.
        text: name of the text column; default ``text``.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column; default ``label``.
        labels: label words in the order of their ids; default: those of the training data, sorted (numbers by size),
            or the file's own where it has words for its label ids.
        label_map: what stands in the data, as text, to label word; default: nothing is renamed.
        kind: what is asked; default: ``classification`` where there are ``labels``, or the training data have words or
            whole numbers, ``regression`` where they have real numbers or all ``metrics`` are for values. With
            ``multi_label`` a label is a list of words, with ``token_classification`` there is one label for each token,
            and ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: what stands between several labels that are one string; default ``|``.
        metrics: names or configs of metrics, ``{type: 'f1', positive: 'yes'}``, the main one first; default:
            ``accuracy``; for a regression ``pearson`` and ``spearman``, for several labels ``multi_label_f1``, for
            tokens with labels of chunks ``chunk_f1``.
        name: of the task in reports; default ``task``.
        limit: at most so many examples of every split, the first ones, or of some: ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: as ``TableReader``; or there are no files.
    """

    format: ClassVar[Format] = "jsonl"
    "Of the files."

    def __init__(
        self,
        files: dict[str, Path],
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: Annotated[list[str], Items(2), Distinct()] | None = None,
        label_map: dict[str, str] | None = None,
        kind: Literal["classification", "regression", "multi_label", "token_classification"] | None = None,
        label_separator: str = "|",
        metrics: list[Lazy[Metric]] | None = None,
        name: str = "task",
        limit: Limit | None = None,
    ) -> None:
        super().__init__(text, pair, label, labels, label_map, kind, label_separator, metrics, name, limit)
        if not files:
            raise ConfigurationError(
                "there are no files", path="files", hint="name one for each split, such as {train: 'train.csv'}"
            )
        for split in files:
            path_component(split, "split", "files")
        self.files = {split: expand_home(path, f"files.{split}") for split, path in files.items()}

    def read_file(self, path: Path) -> SourceTable:
        """Return the columns ``wanted`` of a file, as far as they are there.

        Raises:
            ConfigurationError: the file is damaged or of another format.
        """
        return read_table(path, self.format, self.wanted, self.label)

    @property
    def layout(self) -> Layout:
        suffixes = {content_suffix(path) for path in self.files.values()} - {""}
        return replace(super().layout, format=self.format, suffixes=tuple(sorted(suffixes)))

    def splits(self) -> Sequence[str]:
        return in_order(self.files)

    def table(self, split: str) -> SourceTable:
        if split not in self.files:
            hint = suggest(split, self.files, "splits")
            raise ConfigurationError(f"no file is named for the split {split!r}", path="files", hint=hint)
        path = self.files[split]
        if not path.is_file():
            raise missing_file(path, f"files.{split}")
        return self.read_file(path)


def missing_file(path: Path, key: str) -> ConfigurationError:
    """Return an error for a file that is not there, with the names of those beside it."""
    beside = sorted(one.name for one in path.parent.glob("*") if one.is_file())[:8]
    hint = f"the folder has: {', '.join(beside)}" if beside else "give the path of a file"
    return ConfigurationError(f"there is no file {path}", path=key, hint=hint)
