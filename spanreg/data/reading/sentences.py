"""Sentences with a label for each word, as checked labels and shared columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg.data.reading.columns import token_table
from spanreg.data.reading.task_inference import CHUNK_TAG, chunk_labels, sorted_labels
from spanreg.data.sources.conll import ColumnFormat, ColumnSentence, as_iob2
from spanreg.data.sources.layout import Scheme
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.joined import join_tokens
from spanreg.text.unicode.look_alikes import find_look_alike


def read_sentences(path: Path, columns: ColumnFormat, scheme: Scheme) -> list[ColumnSentence]:
    """Return the sentences of a file, with chunk labels converted to IOB2.

    Raises:
        ConfigurationError: the file cannot be read or has no sentences, or a line breaks the format.
    """
    sentences = list(columns.sentences(path))
    if not sentences:
        raise ConfigurationError("has no sentences", file=str(path), hint="give lines of a word and its label")
    # Column 0 of CoNLL-U numbers the words. Read as words, the numbers would train a model without any error.
    numbered = [sentence.words == [str(number + 1) for number in range(len(sentence.words))] for sentence in sentences]
    if all(numbered) and any(len(sentence.words) > 1 for sentence in sentences):
        hint = "choose the words' column with 'word': in CoNLL-U it is 1"
        raise ConfigurationError("the words are the numbers 1, 2 and so on", file=str(path), hint=hint)
    return [sentence._replace(labels=as_iob2(sentence, scheme, str(path))) for sentence in sentences]


def collect_labels(sentences: Iterable[ColumnSentence], scheme: Scheme) -> list[str]:
    """Return the label words of sentences, in the order of their ids."""
    found = {label for sentence in sentences for label in sentence.labels}
    return sorted_labels(found) if scheme == "none" or not all(map(CHUNK_TAG.fullmatch, found)) else chunk_labels(found)


def sentence_table(
    sentences: Sequence[ColumnSentence],
    labels: Sequence[str],
    file: str,
    numbers: Sequence[int] | NDArray[np.int64] | None = None,
) -> pa.Table:
    """Return the shared columns of labelled sentences.

    Args:
        sentences: the sentences of one file.
        labels: label words in the order of their ids.
        file: name of the file in errors.
        numbers: the sentences' numbers; default: counted from 0.

    Raises:
        ConfigurationError: a label is not one of the task's; the error names its line.
    """
    ids = {label: number for number, label in enumerate(labels)}
    for sentence in sentences:
        for line, label in zip(sentence.lines, sentence.labels, strict=True):
            if label not in ids:
                # A difference in case or in look-alike characters is named: printed, both labels look right.
                near = find_look_alike(label, labels)
                hint = f"it differs from {near[0]!r} in {near[1]}" if near else suggest(label, labels, "labels")
                problem = f"the label {label!r} is not one of the task's"
                raise ConfigurationError(problem, file=f"{file}:{line}", hint=hint)
    texts, offsets = join_tokens([sentence.words for sentence in sentences])
    ids_of_words = [[ids[label] for label in sentence.labels] for sentence in sentences]
    return token_table(texts, offsets, ids_of_words, None if numbers is None else pa.array(numbers, pa.int64()))
