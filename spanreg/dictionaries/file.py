"""The dictionary read from a file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.phrases import Duplicates, merge_phrases, read_phrases
from spanreg.dictionaries.tables.artefact import about_dictionary, dictionary_table, read_dictionary
from spanreg.dictionaries.tables.derived import CachedDictionary
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError, OnDisk
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

_logger = logging.getLogger(__name__)

_PARQUET_MAGIC = b"PAR1"


@SpanDictionary.register("file")
class FileDictionary(CachedDictionary):
    """The n-grams of a file: a dictionary that ``spanreg sample-dictionary`` wrote, or a list of phrases.

    Lists are UTF-8, also as ``.gz`` or ``.zst``, and of three kinds:

    - a phrase a line;
    - ``.tsv``: phrase and figures between tabs. A first line whose first field is ``ngram`` names the columns;
      without one there are at most two, phrase and ``count``;
    - ``.jsonl``: an object a line with ``ngram`` and figures, the same keys in all.

    A byte order mark at the start is no part of the first phrase.

    ``count`` is 1 where it is not given; all other figures become columns of scores. Phrases are cut into words by a
    word rule. Empty lines and phrases of one word, which change no segmentation, are left out. A phrase that comes
    again with the same figures counts once; with others it is refused, as nobody knows which ones hold.
    Registered as ``file``.

    Parameters:
        path: the file, from the working folder on, or ``pkg:package/file`` for one inside an installed package.
        lowercase: whether words are looked up in lower case. A sampled dictionary knows it itself; for a list it is on
            by default.
        duplicates: what to do about a phrase that a list has with different figures: ``refuse`` it, or take the
            ``first`` or the ``last``.
        words: the rule by which words are found. A sampled dictionary knows it itself; for a list it is ``unicode`` by
            default.

    Raises:
        ConfigurationError: the file is missing, damaged, foreign or not UTF-8; a line of it is not as above; it holds
            no phrase of two words or more; ``lowercase`` or ``words`` contradicts a sampled dictionary.
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
        return self._artefact() if self._is_artefact() else self._listed()

    def _is_artefact(self) -> bool:
        if not self._path.is_file():
            problem = "is a folder" if self._path.is_dir() else "does not exist"
            hint = f"relative paths begin at {Path.cwd()}"
            raise ConfigurationError(f"dictionary {str(self._path)!r} {problem}", path="path", hint=hint)
        with self._path.open("rb") as stream:
            return stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC or self._path.suffix == ".parquet"

    def _artefact(self) -> pa.Table:
        table = read_dictionary(self._path)
        about = about_dictionary(table)
        for key, wanted in (("lowercase", self._lowercase), ("words", self._rule and self._rule.name)):
            if wanted not in (None, about[key]):
                problem = f"{key} is {wanted}, but the dictionary was sampled with {about[key]}"
                raise ConfigurationError(problem, path=key, hint="leave it out, or take another dictionary")
        return table

    def _listed(self) -> pa.Table:
        listed = read_phrases(self._path)
        lowercase = self._lowercase is not False
        rule = self._rule or default_word_rule()
        rows = merge_phrases(listed, rule=rule, lowercase=lowercase, duplicates=self._duplicates, file=str(self._path))
        if rows.single:
            text = "%s: left out %d phrases of one word, which change no segmentation"
            _logger.warning(text, self._path, rows.single)
        if not rows.ngrams:
            hint = "give a phrase a line"
            raise ConfigurationError("holds no phrase of two words or more", hint=hint, file=str(self._path))
        return dictionary_table(
            rows.ngrams,
            np.array(rows.n, dtype=np.int32),
            np.array([int(row[0]) for row in rows.figures], dtype=np.int64),
            lowercase=lowercase,
            origin={"type": "file", "file": self._path.name, "sha256": storage.hash_file(self._path)},
            scores={
                name: np.array([row[place] for row in rows.figures], dtype=np.float64)
                for place, name in enumerate(listed.columns)
                if name != "count"
            },
            rule=rule,
        )
