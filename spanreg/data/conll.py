"""Files with a word and its label on every line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pyarrow as pa

from spanreg.data.base import DatasetReader, Task
from spanreg.data.files import missing_file
from spanreg.data.reading.columns import token_table
from spanreg.data.reading.limit import Limit, limit_of
from spanreg.data.reading.task_inference import CHUNK_TAG, chunk_labels, sorted_labels, warn_of_labels
from spanreg.data.sources.conll import ColumnFormat, Sentence, as_iob2
from spanreg.data.sources.formats import content_suffix
from spanreg.data.sources.layout import Layout, Scheme
from spanreg.data.sources.splits import in_order
from spanreg.data.tables import metric_configs
from spanreg.metrics.base import Metric
from spanreg.packages import expand_home
from spanreg.registry import AtLeast, Between, ConfigurationError, Distinct, Items, Lazy, suggest
from spanreg.storage import path_component
from spanreg.text.joined import join_tokens
from spanreg.text.unicode.forms import unlike

if TYPE_CHECKING:
    from datasets import Dataset


@DatasetReader.register("conll")
class Conll(DatasetReader):
    """Labelled words in columns, as the shared tasks of CoNLL-2000 and CoNLL-2003 have them; registered as ``conll``.

    A line is a word and its columns, an empty line ends a sentence, and ``-DOCSTART-`` lines are skipped. Columns are
    between tabs where the first line has any, so that a word may hold a space, otherwise between spaces; all lines have
    as many. CoNLL-U is read with ``word: 1``, the label's column and scheme ``none``: its comments, ranges (``1-2``)
    and empty nodes (``8.1``) are skipped. In a file without tabs, a line that begins with ``# `` is a comment if a
    sentence has not begun and it has another number of columns than the others.

    The text is the words joined by one space. Files may be packed as ``.gz`` or ``.zst``. Where no file is named for
    the split ``validation``, it is cut off the training file, the same sentences each time: with a share of 0.1 every
    tenth, the others are the split ``train``.

    Parameters:
        files: split to file, for instance ``{train: 'train.txt', test: 'test.txt'}``; ``~`` is the home.
        word: the words' column, counted from 0; default 0.
        label: the labels' column; negative numbers count from the last, -1; default -1.
        labels: label words in the order of their ids; default: ``O``, then ``B-`` and ``I-`` of each type that the
            training file has, sorted; with the scheme ``none`` all its labels, sorted.
        scheme: how labels mark chunks: ``iob2`` (default) has ``B-NP`` on the first word of each noun phrase, ``I-NP``
            on its other words, ``O`` outside; ``iob1`` has ``B-`` only between two chunks of one type; ``iobes`` has
            ``E-`` on the last word and ``S-`` on the only one, ``bilou`` ``L-`` and ``U-``. These three are turned into
            the first. With ``none`` labels are single words, such as parts of speech.
        validation_share: share of the training file's sentences that become the validation split where it has no file,
            up to 0.5; 0 for no such split; default 0.1.
        metrics: names or configs of metrics, the main one first; default: ``chunk_f1``, with the scheme ``none``
            ``accuracy``.
        name: of the task in reports; default ``conll``.
        limit: at most so many sentences of every split, the first ones, or of some: ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: there is no training file; at reading: a split or file is missing, lines have different
            numbers of columns, a word or label is missing, or a label breaks the scheme or is none of the task's; the
            line is named.
    """

    def __init__(
        self,
        files: dict[str, Path],
        word: Annotated[int, AtLeast(0)] = 0,
        label: int = -1,
        labels: Annotated[list[str], Items(2), Distinct()] | None = None,
        scheme: Literal["iob2", "iob1", "iobes", "bilou", "none"] = "iob2",
        validation_share: Annotated[float, Between(0, 0.5)] = 0.1,
        metrics: list[Lazy[Metric]] | None = None,
        name: str = "conll",
        limit: Limit | None = None,
    ) -> None:
        if "train" not in files:
            hint = "name one for each split, such as {train: 'train.txt', test: 'test.txt'}"
            raise ConfigurationError("no file is named for the split 'train'", path="files", hint=hint)
        for split in files:
            path_component(split, "split", "files")
        self.files = {split: expand_home(path, f"files.{split}") for split, path in files.items()}
        self.columns = ColumnFormat(word, label)
        self.labels = labels
        self.scheme: Scheme = scheme
        self.validation_share = validation_share
        self.judged_by = metric_configs(metrics) or ("accuracy" if scheme == "none" else "chunk_f1",)
        self.name = name
        self.limit = limit

    @cached_property
    def task(self) -> Task:  # type: ignore[override]
        """The task; the training file is read for it where the config names no labels."""
        labels = self.labels
        if labels is None:
            labels = _collected(self._sentences("train"), self.scheme)
            warn_of_labels(labels, str(self.files["train"]))
        return Task(self.name, "token_classification", tuple(labels), self.judged_by, pair=False)

    def use_task(self, task: Task) -> None:
        self.task = task

    @property
    def layout(self) -> Layout:
        suffixes = {content_suffix(path) for path in self.files.values()} - {""}
        return Layout(
            texts=("tokens",),
            word_column=self.columns.word,
            label_column=self.columns.label or 0,
            scheme=self.scheme,
            format="conll",
            suffixes=tuple(sorted(suffixes)),
        )

    def splits(self) -> Sequence[str]:
        return in_order({*self.files, *(["validation"] if self.validation_share else [])})

    def read(self, split: str) -> Dataset:
        import datasets

        if split not in self.splits():
            raise ConfigurationError(
                f"there is no split {split!r}", path="files", hint=suggest(split, self.splits(), "splits")
            )
        kept = [sentence for number, sentence in self._numbered(split) if self._split_of(number, split) == split]
        file = self.files.get(split, self.files["train"])
        return datasets.Dataset(
            sentence_table(kept[: limit_of(self.limit, split, self.splits)], self.task.labels, str(file))
        )

    def _numbered(self, split: str) -> Iterable[tuple[int, Sentence]]:
        return enumerate(self._sentences(split if split in self.files else "train"), start=1)

    def _split_of(self, number: int, asked: str) -> str:
        """The split of a sentence, by its number from 1 in its file."""
        share = self.validation_share
        if asked not in ("train", "validation") or "validation" in self.files:
            return asked
        return "validation" if int(number * share) > int((number - 1) * share) else "train"

    def _sentences(self, split: str) -> list[Sentence]:
        path = self.files[split]
        if not path.is_file():
            raise missing_file(path, f"files.{split}")
        return read_sentences(path, self.columns, self.scheme)


def read_sentences(path: Path, columns: ColumnFormat, scheme: Scheme) -> list[Sentence]:
    """Return the sentences of a file, labels of chunks as IOB2.

    Raises:
        ConfigurationError: the file cannot be read, has no sentence, or a line is not as the format wants it.
    """
    sentences = list(columns.sentences(path))
    if not sentences:
        raise ConfigurationError("there is no sentence in it", file=str(path), hint="give lines of word and label")
    counted = [sentence.words == [str(number + 1) for number in range(len(sentence.words))] for sentence in sentences]
    if all(counted) and any(len(sentence.words) > 1 for sentence in sentences):
        hint = "choose the words' column by 'word': in CoNLL-U it is 1"
        raise ConfigurationError("the words are the numbers 1, 2 and so on", file=str(path), hint=hint)
    return [sentence._replace(labels=as_iob2(sentence, scheme, str(path))) for sentence in sentences]


def sentence_table(sentences: Sequence[Sentence], labels: Sequence[str], file: str) -> pa.Table:
    """Return the shared columns of labelled sentences.

    Args:
        sentences: of one file.
        labels: label words in the order of their ids.
        file: what errors call it.

    Raises:
        ConfigurationError: a label is none of the task's; its line is named.
    """
    ids = {label: number for number, label in enumerate(labels)}
    for sentence in sentences:
        for line, label in zip(sentence.lines, sentence.labels, strict=True):
            if label not in ids:
                near = unlike(label, labels)
                hint = f"it differs from {near[0]!r} in {near[1]}" if near else suggest(label, labels, "labels")
                raise ConfigurationError(f"the label {label!r} is none of the task's", file=f"{file}:{line}", hint=hint)
    texts, offsets = join_tokens([sentence.words for sentence in sentences])
    return token_table(texts, offsets, [[ids[label] for label in sentence.labels] for sentence in sentences])


def _collected(sentences: Iterable[Sentence], scheme: Scheme) -> list[str]:
    found = {label for sentence in sentences for label in sentence.labels}
    return sorted_labels(found) if scheme == "none" or not all(map(CHUNK_TAG.fullmatch, found)) else chunk_labels(found)
