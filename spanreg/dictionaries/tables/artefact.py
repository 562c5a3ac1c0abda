"""File format of dictionaries: a Parquet file of n-grams with counts and provenance.

The columns are ``ngram`` (words joined by spaces), ``n``, ``count``, and a float64 column for every score; the most
frequent n-grams come first. The metadata of the schema have a JSON object under the key ``spanreg_dictionary``. pyarrow
is enough to read all of it.

Column types and order, the order of the entries, and the bytes that are hashed are part of the format: a change needs
another ``FORMAT``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spanreg import __version__, storage
from spanreg.dictionaries.base import FORMAT, METADATA_KEY, SAMPLE_AGAIN, about_dictionary, sealed_metadata
from spanreg.registry import ConfigurationError
from spanreg.text.files.parquet import read_parquet
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

__all__ = [
    "SCHEMA",
    "about_dictionary",
    "dictionary_table",
    "read_dictionary",
    "score_names",
    "table_fingerprint",
    "write_dictionary",
]

SCHEMA: Final = pa.schema([("ngram", pa.string()), ("n", pa.int32()), ("count", pa.int64())])
"Columns that every dictionary has; scores follow."


def dictionary_table(
    ngrams: Sequence[str] | pa.Array,
    n: NDArray[np.int32],
    counts: NDArray[np.int64],
    *,
    lowercase: bool,
    origin: Mapping[str, Any],
    max_size: int | None = None,
    scores: Mapping[str, NDArray[np.float64]] | None = None,
    rule: WordRule | None = None,
) -> pa.Table:
    """Return the table of a dictionary with its metadata, the most frequent n-grams first.

    Args:
        ngrams: distinct n-grams, words joined by spaces.
        n: number of words of each n-gram.
        counts: number of occurrences of each n-gram.
        lowercase: whether the n-grams are in lower case, so that words must be lower-cased to look them up.
        origin: provenance of the n-grams, as a JSON object.
        max_size: number of the most frequent n-grams to keep; default: all.
        scores: score columns by name.
        rule: word rule of the n-grams; default ``unicode``.
    """
    table = pa.table(
        [pa.array(ngrams, pa.string()), pa.array(n, pa.int32()), pa.array(counts, pa.int64())], schema=SCHEMA
    )
    for name, column in (scores or {}).items():
        table = table.append_column(pa.field(name, pa.float64()), pa.array(column, pa.float64()))
    # Length and spelling make the order, and with it the hash, independent of the order of the arguments.
    order = pc.sort_indices(table, [("count", "descending"), ("n", "ascending"), ("ngram", "ascending")])
    table = table.take(order[:max_size]).combine_chunks()
    rule = rule or default_word_rule()
    about = {
        # ``words`` and ``word_rule`` are the name of the rule and its version; see ``about_dictionary``.
        "format": FORMAT,
        "words": rule.name,
        "word_rule": rule.version,
        "lowercase": lowercase,
        "entries": table.num_rows,
        "sha256": _content_hash(table),
        "spanreg": __version__,
        "origin": dict(origin),
    }
    return table.replace_schema_metadata({METADATA_KEY: sealed_metadata(about)})


def score_names(table: pa.Table) -> list[str]:
    """Return the names of a dictionary's score columns."""
    names: list[str] = table.schema.names
    return names[len(SCHEMA) :]


def table_fingerprint(table: pa.Table) -> str:
    """Return a hash of everything that a lookup depends on: entries, word rule and lower-casing, but not provenance."""
    about = about_dictionary(table)
    return storage.hash_json({key: about[key] for key in ("format", "word_rule", "lowercase", "sha256")})


def write_dictionary(table: pa.Table, path: Path) -> None:
    """Write a dictionary's table to a file, completely or not at all.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with storage.whole_file(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_dictionary(path: Path) -> pa.Table:
    """Return the table of a dictionary file, after checking its hash.

    Raises:
        ConfigurationError: the file is missing, is not Parquet, is not a dictionary, is damaged, or has another version
            of the format or of the word rule.
    """
    try:
        table = read_parquet(path)
        about = about_dictionary(table)
    except FileNotFoundError as error:
        raise _error(path, "does not exist", "check the path") from error
    except ConfigurationError as error:
        raise _error(path, error.problems[0].problem, error.problems[0].hint) from error
    # Reading a damaged file may raise any of these.
    except (OSError, pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise _error(path, f"cannot be read as Parquet: {reason}") from error
    # The metadata's own hash was checked; the columns may still be of another program, or the entries damaged.
    own, scores = list(table.schema)[: len(SCHEMA)], list(table.schema)[len(SCHEMA) :]
    if own != list(SCHEMA) or not all(pa.types.is_float64(field.type) for field in scores):
        raise _error(path, f"must have the columns {', '.join(SCHEMA.names)}, and otherwise only scores")
    if about.get("sha256") != _content_hash(table):
        raise _error(path, "is damaged: the hash of its entries does not match")
    return table.combine_chunks()


def _error(path: Path, problem: str, hint: str = SAMPLE_AGAIN) -> ConfigurationError:
    return ConfigurationError(f"dictionary {str(path)!r} {problem}", hint=hint)


def _content_hash(table: pa.Table) -> str:
    """Return the SHA-256 of the entries, which does not depend on their chunks."""
    digest = hashlib.sha256()
    # Lengths separate the n-grams, whose bytes follow without separators.
    for column in (table["n"], table["count"], pc.binary_length(table["ngram"])):
        digest.update(column.to_numpy().tobytes())
    for chunk in table["ngram"].chunks:
        digest.update(_string_bytes(chunk))
    for name in score_names(table):
        digest.update(name.encode())
        digest.update(table[name].to_numpy().tobytes())
    return digest.hexdigest()


def _string_bytes(strings: pa.StringArray) -> memoryview:
    """Return the concatenated bytes of all strings."""
    # Arrow has them in one buffer, which is hashed without a Python string for each of a million n-grams. A slice
    # shares the buffer of the whole array, so its offsets select the part.
    _, offsets, data = strings.buffers()
    if data is None:
        return memoryview(b"")
    bounds = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(data)[bounds[strings.offset] : bounds[strings.offset + len(strings)]]
