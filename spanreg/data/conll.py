"""Files with a word and its label on every line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import pyarrow as pa

from spanreg.data.base import DatasetReader, Task
from spanreg.data.columns import token_table
from spanreg.packages import expand_home
from spanreg.registry import AtLeast, Between, ConfigurationError, suggest
from spanreg.text.files import file_blocks
from spanreg.text.joined import join_tokens

if TYPE_CHECKING:
    from datasets import Dataset

Scheme = Literal["iob2", "iob1", "none"]
SPLITS = ("train", "validation", "test")
OUTSIDE = "O"
_TAG = re.compile(r"O|[BI]-.+")
_BETWEEN = re.compile(r"[ \t]+")


class Sentence(NamedTuple):
    """Words and their labels."""

    words: list[str]
    labels: list[str]
    line: int
    "Number of the first word's line in the file, counted from 1."


@DatasetReader.register("conll")
class Conll(DatasetReader):
    """Labelled words in columns, as the shared tasks of CoNLL-2000 and CoNLL-2003 have them; registered as ``conll``.

    A line is a word and its columns between spaces or tabs; an empty line ends a sentence; ``-DOCSTART-`` lines are
    passed over. The text is the words joined by one space. Files may be packed as ``.gz`` or ``.zst``. Where no file is
    named for the split ``validation``, it is cut off the training file, the same sentences each time: with a share of
    0.1 every tenth, the others are the split ``train``.

    Parameters:
        files: split to file, for instance ``{train: 'train.txt', test: 'test.txt'}``; ``~`` is the home.
        word: the words' column, counted from 0; default 0.
        label: the labels' column; negative numbers count from the last, -1; default -1.
        labels: label words in the order of their ids; default: ``O``, then ``B-`` and ``I-`` of each type that the
            training file has, sorted; with the scheme ``none`` all its labels, sorted.
        scheme: how labels mark chunks: ``iob2`` (default) has ``B-NP`` on the first word of each noun phrase, ``I-NP``
            on its other words, ``O`` outside; ``iob1``, which has ``B-`` only between two chunks of one type, is turned
            into it; with ``none`` labels are single words, such as parts of speech.
        validation_share: share of the training file's sentences that become the validation split where it has no file,
            up to 0.5; 0 for no such split; default 0.1.
        metrics: registered metrics, the main one first; default: ``chunk_f1``, with the scheme ``none`` ``accuracy``.
        name: of the task in reports; default ``conll``.
        limit: at most so many sentences of every split, the first ones; default: all.

    Raises:
        ConfigurationError: there is no training file; at reading: a split or file is missing, a line lacks a column, or
            a label breaks the scheme or is none of the task's; the line is named.
    """

    def __init__(
        self,
        files: dict[str, Path],
        word: Annotated[int, AtLeast(0)] = 0,
        label: int = -1,
        labels: list[str] | None = None,
        scheme: Literal["iob2", "iob1", "none"] = "iob2",
        validation_share: Annotated[float, Between(0, 0.5)] = 0.1,
        metrics: list[str] | None = None,
        name: str = "conll",
        limit: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        if "train" not in files:
            hint = "name one for each split, such as {train: 'train.txt', test: 'test.txt'}"
            raise ConfigurationError("no file is named for the split 'train'", path="files", hint=hint)
        self.files = {split: expand_home(path, f"files.{split}") for split, path in files.items()}
        self.columns = (word, label)
        self.labels = labels
        self.scheme: Scheme = scheme
        self.validation_share = validation_share
        self.judged_by = tuple(metrics or (["accuracy"] if scheme == "none" else ["chunk_f1"]))
        self.name = name
        self.limit = limit

    @cached_property
    def task(self) -> Task:  # type: ignore[override]
        """The task; the training file is read for it where the config names no labels."""
        labels = self.labels or _collected(self._sentences("train"), self.scheme)
        return Task(self.name, "token_classification", tuple(labels), self.judged_by, pair=False)

    def splits(self) -> Sequence[str]:
        names = {*self.files, *(["validation"] if self.validation_share else [])}
        ranks = {split: rank for rank, split in enumerate(SPLITS)}
        return tuple(sorted(names, key=lambda split: (ranks.get(split, len(ranks)), split)))

    def read(self, split: str) -> Dataset:
        import datasets

        if split not in self.splits():
            raise ConfigurationError(
                f"there is no split {split!r}", path="files", hint=suggest(split, self.splits(), "splits")
            )
        kept = [sentence for number, sentence in self._numbered(split) if self._split_of(number, split) == split]
        return datasets.Dataset(_table(kept[: self.limit], self.task.labels, self._file(split)))

    def _numbered(self, split: str) -> Iterable[tuple[int, Sentence]]:
        return enumerate(self._sentences(split if split in self.files else "train"), start=1)

    def _split_of(self, number: int, asked: str) -> str:
        """The split of a sentence, by its number from 1 in its file."""
        share = self.validation_share
        if asked not in ("train", "validation") or "validation" in self.files:
            return asked
        return "validation" if int(number * share) > int((number - 1) * share) else "train"

    def _file(self, split: str) -> Path:
        return self.files.get(split, self.files["train"])

    def _sentences(self, split: str) -> list[Sentence]:
        path = self.files[split]
        if not path.is_file():
            raise ConfigurationError(f"there is no file {path}", path=f"files.{split}", hint="give the path of a file")
        sentences = list(read_sentences(path, *self.columns))
        if not sentences:
            raise ConfigurationError("there is no sentence in it", file=str(path), hint="give lines of word and label")
        if self.scheme == "none":
            return sentences
        return [sentence._replace(labels=_in_iob2(sentence, self.scheme, path)) for sentence in sentences]


def read_sentences(path: Path, word: int = 0, label: int = -1) -> Iterator[Sentence]:
    """The sentences of a file in columns.

    Args:
        path: the file, plain, ``.gz`` or ``.zst``.
        word: the words' column.
        label: the labels' column.

    Raises:
        ConfigurationError: the file cannot be read, or a line has too few columns.
    """
    lines = chain.from_iterable(block.decode().split("\n")[:-1] for block in file_blocks(path, whole_lines=True))
    words: list[str] = []
    labels: list[str] = []
    for number, line in enumerate(chain(lines, [""]), start=1):
        columns = _BETWEEN.split(line.strip(" \t\r"))
        if columns == [""] or columns[0] == "-DOCSTART-":
            if words:
                yield Sentence(words, labels, number - len(words))
                words, labels = [], []
            continue
        try:
            words.append(columns[word])
            labels.append(columns[label])
        except IndexError:
            raise ConfigurationError(
                f"line {number} has {len(columns)} columns, asked for are {word} and {label} (counted from 0)",
                file=str(path),
                hint="choose the columns by 'word' and 'label'",
            ) from None


def _in_iob2(sentence: Sentence, scheme: Scheme, path: Path) -> list[str]:
    """The labels, held against the scheme."""
    found: list[str] = []
    last = OUTSIDE
    for offset, label in enumerate(sentence.labels):
        where = f"{path}:{sentence.line + offset}"
        if not _TAG.fullmatch(label):
            hint = "labels of chunks are O, B-type and I-type; for others give scheme 'none'"
            raise ConfigurationError(f"the label {label!r} marks no chunk", file=where, hint=hint)
        if label.startswith("I-") and last[2:] != label[2:]:
            if scheme == "iob2":
                hint = "the first word of a chunk has B-; where only touching chunks have it, give scheme 'iob1'"
                raise ConfigurationError(f"{label!r} follows {last!r}", file=where, hint=hint)
            label = f"B-{label[2:]}"
        found.append(label)
        last = label
    return found


def _collected(sentences: Iterable[Sentence], scheme: Scheme) -> list[str]:
    """The labels of a file; of a type of chunks both, since a rare one may have its ``I-`` in another file only."""
    found = {label for sentence in sentences for label in sentence.labels}
    if scheme == "none":
        return sorted(found)
    types = sorted({label[2:] for label in found - {OUTSIDE}})
    return [OUTSIDE, *(f"{place}-{kind}" for kind in types for place in "BI")]


def _table(sentences: Sequence[Sentence], labels: Sequence[str], path: Path) -> pa.Table:
    """The shared columns."""
    ids = {label: number for number, label in enumerate(labels)}
    for sentence in sentences:
        unknown = next((row for row, label in enumerate(sentence.labels) if label not in ids), None)
        if unknown is not None:
            raise ConfigurationError(
                f"the label {sentence.labels[unknown]!r} is none of the task's",
                file=f"{path}:{sentence.line + unknown}",
                hint=suggest(sentence.labels[unknown], labels, "labels"),
            )
    texts, offsets = join_tokens([sentence.words for sentence in sentences])
    return token_table(texts, offsets, [[ids[label] for label in sentence.labels] for sentence in sentences])
