"""The dictionary read from a file."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pyarrow as pa

from spanreg import storage
from spanreg.dictionaries.artefact import about_dictionary, dictionary_table, read_dictionary, table_fingerprint
from spanreg.dictionaries.base import SpanDictionary
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError
from spanreg.text.files import file_blocks
from spanreg.text.words import find_words

_logger = logging.getLogger(__name__)

_PARQUET_MAGIC = b"PAR1"


@SpanDictionary.register("file")
class File(SpanDictionary):
    """The n-grams of a file: a dictionary that ``spanreg sample-dictionary`` wrote, or a plain list of phrases.

    A list has a phrase a line in UTF-8, also as ``.gz`` or ``.zst``. Phrases are cut into words by the word rule; each
    gets a count of 1. Empty lines, repeated phrases and phrases of one word, which change no segmentation, are left
    out.
    Registered as ``file``.

    Parameters:
        path: the file, from the working folder on, or ``pkg:package/file`` for one inside an installed package.
        lowercase: whether words are looked up in lower case. A sampled dictionary knows it itself; for a list it is on
            by default.

    Raises:
        ConfigurationError: the file is missing, damaged, foreign or not UTF-8; it holds no phrase of two words or more;
            ``lowercase`` contradicts a sampled dictionary.
    """

    def __init__(self, path: str, lowercase: bool | None = None) -> None:
        self._path = resolve_path(path, "path")
        self._lowercase = lowercase
        self._table: pa.Table | None = None

    def table(self) -> pa.Table:
        if self._table is None:
            self._table = self._artefact() if self._is_artefact() else self._phrases()
        return self._table

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())

    def _is_artefact(self) -> bool:
        if not self._path.is_file():
            problem = "is a folder" if self._path.is_dir() else "does not exist"
            hint = f"relative paths begin at {Path.cwd()}"
            raise ConfigurationError(f"dictionary {str(self._path)!r} {problem}", path="path", hint=hint)
        with self._path.open("rb") as stream:
            return stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC or self._path.suffix == ".parquet"

    def _artefact(self) -> pa.Table:
        table = read_dictionary(self._path)
        own = about_dictionary(table)["lowercase"]
        if self._lowercase not in (None, own):
            problem = f"lowercase is {self._lowercase}, but the dictionary was sampled with {own}"
            raise ConfigurationError(problem, path="lowercase", hint="leave it out")
        return table

    def _phrases(self) -> pa.Table:
        lowercase = self._lowercase is not False
        words = find_words(b"".join(file_blocks(self._path)).decode().split("\n"))
        lengths = np.diff(words.bounds)
        single = int(np.count_nonzero(lengths == 1))
        if single:
            _logger.warning("%s: left out %d phrases of one word, which change no segmentation", self._path, single)
        forms, bounds = words.forms(lowercase), words.bounds.tolist()
        phrases = {
            " ".join(forms[bounds[line] : bounds[line + 1]]): int(lengths[line])
            for line in np.flatnonzero(lengths > 1).tolist()
        }
        if not phrases:
            hint = "give a phrase a line"
            raise ConfigurationError("holds no phrase of two words or more", hint=hint, file=str(self._path))
        n = np.array(list(phrases.values()), dtype=np.int32)
        origin = {"type": "file", "file": self._path.name, "sha256": storage.hash_file(self._path)}
        return dictionary_table(list(phrases), n, np.ones(n.size, dtype=np.int64), lowercase=lowercase, origin=origin)
