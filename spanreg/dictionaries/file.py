"""Dictionary from a file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.phrases import Duplicates, merge_phrases, read_phrases
from spanreg.dictionaries.tables.artefact import dictionary_table, read_dictionary
from spanreg.dictionaries.tables.derived import CachedDictionary, require_word_options
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError, OnDisk
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

_logger = logging.getLogger(__name__)

_PARQUET_MAGIC = b"PAR1"
"First bytes of every Parquet file."


@SpanDictionary.register("file")
class FileDictionary(CachedDictionary):
    """Dictionary from a file; registered as ``file``.

    The file is the output of ``spanreg sample-dictionary``, or a list of phrases: UTF-8 text, optionally packed
    (``.gz``, ``.zst``), in one of three forms:

    - one phrase per line;
    - ``.tsv``: phrase and numbers, separated by tabs. If the first field of the first line is ``ngram``, that line
      names the columns, and every line has them all; otherwise there are at most two, phrase and ``count``;
    - ``.jsonl``: one object per line with ``ngram`` and numbers, all with the same keys.

    ``count`` defaults to 1; all other numbers become score columns. Phrases are split into words by a word rule. Empty
    lines and phrases of one word, which affect no segmentation, are skipped. A repeated phrase with the same numbers
    counts once; with other numbers it is an error unless ``duplicates`` chooses one.

    ``dictionary: { type: 'file', path: 'dictionary.parquet' }``

    Parameters:
        path: file, relative to the working directory, or ``pkg:package/file`` for a file in an installed package.
        lowercase: whether words are looked up in lower case; default: that of a sampled dictionary, true for a list.
        duplicates: treatment of a phrase with different numbers in a list: ``refuse`` (default) raises an error,
            ``first`` and ``last`` keep that occurrence.
        words: word rule; default: that of a sampled dictionary, ``unicode`` for a list.

    Raises:
        ConfigurationError: the file is missing, damaged, of another format or not UTF-8; a line is malformed; there is
            no phrase of two or more words; or ``lowercase`` or ``words`` contradicts a sampled dictionary.
    """

    def __init__(
        self,
        path: Annotated[str, OnDisk(hint="make one with: spanreg sample-dictionary CORPUS -o FILE")],
        lowercase: bool | None = None,
        duplicates: Duplicates = "refuse",
        words: WordRule | None = None,
    ) -> None:
        self._path = resolve_path(path, "path")
        self._lowercase = lowercase
        self._duplicates: Duplicates = duplicates
        self._rule = words

    def make(self) -> pa.Table:
        if not self._path.is_file():
            problem = "is a folder" if self._path.is_dir() else "does not exist"
            hint = f"relative paths start at {Path.cwd()}"
            raise ConfigurationError(f"dictionary {str(self._path)!r} {problem}", path="path", hint=hint)
        # By content: a dictionary may have been renamed. By suffix, too: a damaged one is not a list of phrases.
        with self._path.open("rb") as stream:
            is_parquet = stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC or self._path.suffix.lower() == ".parquet"
        if not is_parquet:
            return self._read_list()
        table = read_dictionary(self._path)
        require_word_options(table, self._lowercase, self._rule, "the dictionary")
        return table

    def _read_list(self) -> pa.Table:
        """Return the table of a list of phrases."""
        listed = read_phrases(self._path)
        lowercase = self._lowercase is not False  # true by default
        rule = self._rule or default_word_rule()
        rows = merge_phrases(listed, rule=rule, lowercase=lowercase, duplicates=self._duplicates, file=str(self._path))
        if rows.single:
            text = "%s: skipped %d phrases of one word, which affect no segmentation"
            _logger.warning(text, self._path, rows.single)
        if not rows.ngrams:
            hint = "give one phrase per line"
            raise ConfigurationError("has no phrase of two or more words", hint=hint, file=str(self._path))
        return dictionary_table(
            rows.ngrams,
            np.array(rows.n, dtype=np.int32),
            np.array([int(row[0]) for row in rows.values], dtype=np.int64),  # ``count`` is the first column
            lowercase=lowercase,
            origin={"type": "file", "file": self._path.name, "sha256": storage.hash_file(self._path)},
            scores={
                name: np.array([row[column] for row in rows.values], dtype=np.float64)
                for column, name in enumerate(listed.columns)
                if name != "count"
            },
            rule=rule,
        )
