"""Dictionary files: contents, fingerprints, and errors for damaged and foreign files."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.dictionaries.tables.artefact import (
    about_dictionary,
    dictionary_table,
    read_dictionary,
    table_fingerprint,
    write_dictionary,
)
from spanreg.registry import ConfigurationError

ENTRIES = {"of the": (2, 5), "in the end": (3, 7), "a b": (2, 5), "ça va": (2, 1)}


def make_table(entries: dict[str, tuple[int, int]] = ENTRIES, **options) -> pa.Table:
    """Return a dictionary table of entries with their lengths and counts."""
    n = np.array([n for n, _ in entries.values()], dtype=np.int32)
    counts = np.array([count for _, count in entries.values()], dtype=np.int64)
    return dictionary_table(list(entries), n, counts, **{"lowercase": True, "origin": {"type": "test"}, **options})


def test_entries_are_sorted_by_count_then_length_then_text() -> None:
    assert make_table()["ngram"].to_pylist() == ["in the end", "a b", "of the", "ça va"]
    assert make_table(max_size=2)["ngram"].to_pylist() == ["in the end", "a b"]


def test_a_written_table_is_read_unchanged(tmp_path: Path) -> None:
    table = make_table()
    write_dictionary(table, tmp_path / "d.parquet")
    loaded = read_dictionary(tmp_path / "d.parquet")
    assert loaded.equals(table, check_metadata=True)
    assert table_fingerprint(loaded) == table_fingerprint(table)
    about = about_dictionary(loaded)
    assert about["entries"] == 4
    assert about["origin"] == {"type": "test"}


def test_equal_entries_give_equal_bytes(tmp_path: Path) -> None:
    for name, entries in (("a", ENTRIES), ("b", dict(reversed(ENTRIES.items())))):
        write_dictionary(make_table(entries), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_fingerprint_covers_entries_and_lowercase_only() -> None:
    fingerprint = table_fingerprint(make_table())
    assert table_fingerprint(make_table(origin={"type": "elsewhere"})) == fingerprint
    assert table_fingerprint(make_table(lowercase=False)) != fingerprint
    assert table_fingerprint(make_table(ENTRIES | {"a b": (2, 6)})) != fingerprint
    assert table_fingerprint(make_table({"ab c": (2, 1)})) != table_fingerprint(make_table({"a bc": (2, 1)}))


def test_the_fingerprint_does_not_depend_on_chunks() -> None:
    table = make_table()
    slices = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert table_fingerprint(slices) == table_fingerprint(table)


def table_with_metadata(about: dict[str, object]) -> pa.Table:
    """Return a dictionary table with some of its metadata replaced."""
    table = make_table()
    return table.replace_schema_metadata({"spanreg_dictionary": json.dumps(about_dictionary(table) | about)})


UNREADABLE_CONTENTS = {
    "does not exist": None,
    "cannot be read as Parquet: ": b"no parquet at all, but long enough to look into",
    "is not a dictionary of spanreg": make_table().replace_schema_metadata(None),
    "has format 99, and spanreg": table_with_metadata({"format": 99}),
    "was sampled with the word rule 'words-0', which is now 'words-1'": table_with_metadata({"word_rule": "words-0"}),
    "must have the columns ngram, n, count, and otherwise only scores": make_table().drop_columns(["n"]),
    "is damaged": table_with_metadata({"sha256": "0"}),
}


@pytest.mark.parametrize("reason", UNREADABLE_CONTENTS)
def test_unreadable_files_are_refused_with_the_reason(tmp_path: Path, reason: str) -> None:
    path, content = tmp_path / "d.parquet", UNREADABLE_CONTENTS[reason]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        pq.write_table(content, path)
    with pytest.raises(ConfigurationError) as caught:
        read_dictionary(path)
    assert f"dictionary '{path}' {reason}" in str(caught.value)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    write_dictionary(make_table(), path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigurationError, match="cannot be read as Parquet"):
        read_dictionary(path)


def test_scores_are_columns_and_part_of_the_fingerprint(tmp_path: Path) -> None:
    scored = make_table(scores={"pmi": np.array([0.1, 0.2, 0.3, 0.4])})
    assert scored["pmi"].to_pylist() == [0.2, 0.3, 0.1, 0.4]
    write_dictionary(scored, tmp_path / "d.parquet")
    assert read_dictionary(tmp_path / "d.parquet").equals(scored, check_metadata=True)
    other_tables = (
        make_table(),
        make_table(scores={"pmi": np.zeros(4)}),
        make_table(scores={"npmi": np.array([0.1, 0.2, 0.3, 0.4])}),
    )
    assert table_fingerprint(scored) not in [table_fingerprint(other) for other in other_tables]


def test_a_million_entries_are_read_within_a_second(tmp_path: Path) -> None:
    size = 1_000_000
    ngrams = pa.array([f"phrase number {i}" for i in range(size)])
    n, counts = np.full(size, 3, dtype=np.int32), np.arange(size)
    write_dictionary(
        dictionary_table(ngrams, n, counts, lowercase=True, origin={}, scores={"pmi": counts / size}),
        tmp_path / "d.parquet",
    )
    # The time of the processor: other processes may use it meanwhile.
    began = time.process_time()
    assert read_dictionary(tmp_path / "d.parquet").num_rows == size
    assert time.process_time() - began < 1


def test_files_are_readable_with_pyarrow_alone(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    write_dictionary(make_table(), path)
    code = "import sys, pyarrow.parquet as pq; print(pq.read_table(sys.argv[1]).to_pydict()['count'])"
    process = subprocess.run([sys.executable, "-I", "-c", code, path], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[7, 5, 5, 1]"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"lowercase": true', b'"lowercase": null', "its metadata are incomplete"),
        (b'"lowercase": true', b'"lowercase": frue', "its metadata are not JSON"),
        (b'"type": "test"', b'"type": "best"', "the hash of its metadata does not match"),
        (b'"lowercase": true', b'"lowercase":false', "the hash of its metadata does not match"),
    ],
)
def test_damaged_metadata_are_refused(tmp_path: Path, old: bytes, new: bytes, reason: str) -> None:
    """Change the metadata alone, which have a hash of their own."""
    table = make_table()
    about = table.schema.metadata[b"spanreg_dictionary"]
    assert old in about
    damaged = table.replace_schema_metadata({b"spanreg_dictionary": about.replace(old, new)})
    write_dictionary(damaged, tmp_path / "d.parquet")
    with pytest.raises(ConfigurationError, match=rf"dictionary '.*d\.parquet' is damaged: {reason}"):
        read_dictionary(tmp_path / "d.parquet")


def test_metadata_without_a_hash_are_accepted(tmp_path: Path) -> None:
    """Read the file of an earlier version, which wrote no such hash."""
    table = make_table()
    about = json.loads(table.schema.metadata[b"spanreg_dictionary"])
    del about["metadata_sha256"]
    write_dictionary(table.replace_schema_metadata({b"spanreg_dictionary": json.dumps(about)}), tmp_path / "d.parquet")
    assert read_dictionary(tmp_path / "d.parquet").num_rows == 4
