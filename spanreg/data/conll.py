"""Reader of files with a word and its label on every line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.data.reading.sentences import collect_labels, read_sentences, sentence_table
from spanreg.data.reading.task_inference import warn_of_labels
from spanreg.data.sampled_reader import SampledReader
from spanreg.data.sources.conll import ColumnFormat, ColumnSentence
from spanreg.data.sources.layout import DataLayout, Scheme
from spanreg.data.sources.named_files import content_suffixes, file_of_split, named_files
from spanreg.data.sources.splits import in_order, require_split
from spanreg.data.table_reader import metric_configs
from spanreg.metrics.base import Metric
from spanreg.registry import AtLeast, Between, ConfigurationError, Distinct, Items, Lazy

if TYPE_CHECKING:
    from datasets import Dataset


@DatasetReader.register("conll")
class ConllReader(SampledReader):
    """Labelled words in columns, in the format of the shared tasks CoNLL-2000 and CoNLL-2003; registered as ``conll``.

    A line has a word and its columns, an empty line ends a sentence, and ``-DOCSTART-`` lines are skipped. Columns are
    separated by tabs if the first line has any, so that a word may contain a space, otherwise by spaces; all lines have
    the same number of columns. To read CoNLL-U, give ``word: 1``, the label's column and the scheme ``none``: its
    comments, ranges (``1-2``) and empty nodes (``8.1``) are skipped. In a file without tabs, a line that starts with
    ``# `` is a comment if it comes before the first word of a sentence and has another number of columns than the other
    lines.

    The text is the words joined by one space. Files may be compressed as ``.gz`` or ``.zst``. Where no file is named
    for the split ``validation``, a part of the training file becomes that split, always the same sentences: with a
    share of 0.1 every tenth one. The others are the split ``train``.

    Example:
        data: { type: 'conll', files: { train: 'train.txt', test: 'test.txt' }, label: -1, scheme: 'iob2' }

    Parameters:
        files: split to file, for instance ``{train: 'train.txt', test: 'test.txt'}``; ``~`` is the home folder.
        word: the words' column, counted from 0; default 0.
        label: the labels' column; negative numbers count from the last column, -1; default -1.
        labels: label words in the order of their ids; default: ``O``, then ``B-`` and ``I-`` of each type in the
            training file, sorted; with the scheme ``none`` all its labels, sorted.
        scheme: how labels mark chunks: ``iob2`` (default) has ``B-NP`` on the first word of each noun phrase, ``I-NP``
            on its other words, ``O`` outside; ``iob1`` has ``B-`` only between two adjacent chunks of one type;
            ``iobes`` has ``E-`` on the last word and ``S-`` on the only one, ``bilou`` ``L-`` and ``U-``. These three
            are converted to the first. With ``none`` labels are single words, such as parts of speech.
        validation_share: share of the training file's sentences that becomes the validation split where no file is
            named for it, up to 0.5; 0 for no validation split; default 0.1.
        metrics: names or configs of metrics, the main one first; default: ``chunk_f1``, with the scheme ``none``
            ``accuracy``.
        name: name of the task in reports; default ``conll``.
        selection: the arguments of ``SampledReader``, which counts sentences.

    Raises:
        ConfigurationError: there is no training file; at reading: a split or file is missing, lines have different
            numbers of columns, a word or label is missing, or a label breaks the scheme or is not one of the task's;
            the error names the line.
    """

    fixed_kind: ClassVar[TaskKind | None] = "token_classification"

    def __init__(
        self,
        files: dict[str, Path],
        word: Annotated[int, AtLeast(0)] = 0,
        label: int = -1,
        labels: Annotated[list[str], Items(2), Distinct()] | None = None,
        scheme: Scheme = "iob2",
        validation_share: Annotated[float, Between(0, 0.5)] = 0.1,
        metrics: list[Lazy[Metric]] | None = None,
        name: str = "conll",
        **selection: Any,
    ) -> None:
        super().__init__(**selection)
        # The labels and, without a file of its own, the validation split come from it.
        if "train" not in files:
            hint = "name one for each split, such as {train: 'train.txt', test: 'test.txt'}"
            raise ConfigurationError("no file is named for the split 'train'", path="files", hint=hint)
        self.files = named_files(files)
        self.columns = ColumnFormat(word, label)
        self.labels = labels
        self.scheme = scheme
        self.validation_share = validation_share
        self.metric_configs = metric_configs(metrics) or ("accuracy" if scheme == "none" else "chunk_f1",)
        self.name = name

    @cached_property
    def task(self) -> Task:  # type: ignore[override]
        """The task; unless the config names the labels, the training file is read to collect them."""
        labels = self.labels
        if labels is None:
            labels = collect_labels(self._file_sentences("train"), self.scheme)
            warn_of_labels(labels, str(self.files["train"]))
        return Task(self.name, "token_classification", tuple(labels), self.metric_configs, pair=False)

    def use_task(self, task: Task) -> None:
        self.task = task  # replaces the cached property, so that the training file is not read for its labels

    @property
    def layout(self) -> DataLayout:
        return DataLayout(
            texts=("tokens",),
            word_column=self.columns.word,
            # Only a format that reads no labels has None; this reader always has a label column.
            label_column=self.columns.label or 0,
            scheme=self.scheme,
            format="conll",
            suffixes=content_suffixes(self.files.values()),
        )

    def splits(self) -> Sequence[str]:
        return in_order({*self.files, *(["validation"] if self.validation_share else [])})

    def read_all(self, split: str) -> Dataset:
        import datasets

        require_split(split, self.splits(), self.name, path="files")
        sentences = list(self._sentences(split))
        rows = self.selection.rows(len(sentences), split, self.splits)
        if rows is not None:
            sentences = [sentences[row] for row in rows]
        file = self.files.get(split, self.files["train"])  # a validation part has no file of its own
        return datasets.Dataset(sentence_table(sentences, self.task.labels, str(file), rows))

    def _sentences(self, split: str) -> Iterator[ColumnSentence]:
        """Yield the sentences of a split, which may be a part of the training file."""
        share = self.validation_share
        is_part = split in ("train", "validation") and "validation" not in self.files
        for number, sentence in enumerate(self._file_sentences(split if split in self.files else "train"), 1):
            # Evenly spaced: the n-th sentence is in the validation split where n * share passes a whole number. Files
            # are often sorted by source, so a part cut off the end would differ from the rest.
            in_validation = int(number * share) > int((number - 1) * share)
            if not is_part or in_validation == (split == "validation"):
                yield sentence

    def _file_sentences(self, split: str) -> list[ColumnSentence]:
        return read_sentences(file_of_split(self.files, split), self.columns, self.scheme)
