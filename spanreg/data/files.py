"""Splits that are files named one by one in a config."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa

from spanreg.data.tables import TableReader
from spanreg.packages import expand_home
from spanreg.registry import AtLeast, ConfigurationError, suggest


class FileReader(TableReader):
    """Base of the readers whose splits are files.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")`` and implement ``read_file``.

    Parameters:
        files: split to file, for instance ``{train: 'train.csv', validation: 'dev.csv'}``; ``~`` is the home.
        text: name of the text column; default ``text``.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column; default ``label``.
        labels: label words in the order of their ids; default: none, the labels are real values (regression).
        label_map: what stands in the data, as text, to label word; default: nothing is renamed.
        kind: what is asked; default: ``classification`` where there are ``labels``, otherwise ``regression``. With
            ``multi_label`` a label is a list of words, with ``token_classification`` there is one label for each token,
            and ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: what stands between several labels that are one string; default ``|``.
        metrics: registered metrics, the main one first; default: ``accuracy``; for a regression ``pearson`` and
            ``spearman``, for several labels ``multi_label_f1``, for tokens with labels of chunks ``chunk_f1``.
        name: of the task in reports; default ``task``.
        limit: at most so many examples of every split, the first ones; default: all.

    Raises:
        ConfigurationError: as ``TableReader``; or there are no files.
    """

    def __init__(
        self,
        files: dict[str, Path],
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: list[str] | None = None,
        label_map: dict[str, str] | None = None,
        kind: Literal["classification", "regression", "multi_label", "token_classification"] | None = None,
        label_separator: str = "|",
        metrics: list[str] | None = None,
        name: str = "task",
        limit: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        super().__init__(text, pair, label, labels, label_map, kind, label_separator, metrics, name, limit)
        if not files:
            raise ConfigurationError(
                "there are no files", path="files", hint="name one for each split, such as {train: 'train.csv'}"
            )
        self.files = {split: expand_home(path, f"files.{split}") for split, path in files.items()}

    @abstractmethod
    def read_file(self, path: Path) -> pa.Table:
        """A file's table.

        Raises:
            ConfigurationError: the file is damaged or of another format.
        """

    def splits(self) -> Sequence[str]:
        ranks = {split: rank for rank, split in enumerate(("train", "validation", "test"))}
        return tuple(sorted(self.files, key=lambda split: (ranks.get(split, len(ranks)), split)))

    def table(self, split: str) -> tuple[pa.Table, str]:
        if split not in self.files:
            hint = suggest(split, self.files, "splits")
            raise ConfigurationError(f"no file is named for the split {split!r}", path="files", hint=hint)
        path = self.files[split]
        if not path.is_file():
            beside = sorted(one.name for one in path.parent.glob("*") if one.is_file())[:8]
            hint = f"the folder has: {', '.join(beside)}" if beside else "give the path of a file"
            raise ConfigurationError(f"there is no file {path}", path=f"files.{split}", hint=hint)
        try:
            return self.read_file(path), path.as_posix()
        except UnicodeDecodeError as error:
            hint = "convert it to UTF-8"
            raise ConfigurationError(f"not UTF-8 (byte {error.start})", file=str(path), hint=hint) from None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read; others may hold anything."""
        return (*self.texts, self.label)


def rows_to_table(
    rows: Iterator[Mapping[str, Any]], names: Sequence[str], path: Path, lists: Collection[str] = ()
) -> pa.Table:
    """Rows as the columns of these names; one that no row has is left out, and numbers beside strings become text.

    The other columns are there by their names alone, so that an error can tell what there is.

    Args:
        rows: values by column.
        names: the columns that are read.
        path: the file, for errors.
        lists: those of them that may hold lists; what is in the lists becomes text.

    Raises:
        ConfigurationError: a column holds lists or objects.
    """
    columns: dict[str, list[Any]] = {name: [] for name in names}
    present: dict[str, None] = {}
    for row in rows:
        present.update(dict.fromkeys(row))
        for name in names:
            columns[name].append(row.get(name))
    count = len(columns[names[0]])
    if not count:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    made = {name: _column(columns[name], name, path, name in lists) for name in columns}
    return pa.table({name: made[name] if name in made else pa.nulls(count) for name in present})


def _column(values: list[Any], name: str, path: Path, lists: bool) -> pa.Array:
    if lists and any(isinstance(value, list) for value in values):
        rows = [value if isinstance(value, list) or value is None else [value] for value in values]
        return pa.array([None if row is None else [str(one) for one in row] for row in rows], pa.list_(pa.string()))
    nested = next((row for row, value in enumerate(values) if isinstance(value, list | dict)), None)
    if nested is not None:
        text = json.dumps(values[nested])[:40]
        raise ConfigurationError(
            f"column {name!r} holds {text} in row {nested} (counted from 0)",
            file=str(path),
            hint="give a column of strings or numbers, or a 'kind' whose labels are lists",
        )
    kinds = {type(value) for value in values} - {type(None)}
    if len(kinds) > 1 and kinds != {int, float}:
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.array(values, pa.string()) if not kinds else pa.array(values)
