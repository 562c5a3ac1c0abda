"""Dictionary files: what is written is read; damaged and foreign files are errors with a reason."""

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


def make(entries: dict[str, tuple[int, int]] = ENTRIES, **options) -> pa.Table:
    n = np.array([n for n, _ in entries.values()], dtype=np.int32)
    counts = np.array([count for _, count in entries.values()], dtype=np.int64)
    return dictionary_table(list(entries), n, counts, **{"lowercase": True, "origin": {"type": "test"}, **options})


def test_sorted_by_count_then_length_then_text() -> None:
    assert make()["ngram"].to_pylist() == ["in the end", "a b", "of the", "ça va"]
    assert make(max_size=2)["ngram"].to_pylist() == ["in the end", "a b"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    table = make()
    write_dictionary(table, tmp_path / "d.parquet")
    read = read_dictionary(tmp_path / "d.parquet")
    assert read.equals(table, check_metadata=True)
    assert table_fingerprint(read) == table_fingerprint(table)
    about = about_dictionary(read)
    assert about["entries"] == 4
    assert about["origin"] == {"type": "test"}


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    for name, entries in (("a", ENTRIES), ("b", dict(reversed(ENTRIES.items())))):
        write_dictionary(make(entries), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_fingerprint_covers_entries_and_lowercase_only() -> None:
    own = table_fingerprint(make())
    assert table_fingerprint(make(origin={"type": "elsewhere"})) == own
    assert table_fingerprint(make(lowercase=False)) != own
    assert table_fingerprint(make(ENTRIES | {"a b": (2, 6)})) != own
    assert table_fingerprint(make({"ab c": (2, 1)})) != table_fingerprint(make({"a bc": (2, 1)}))


def test_fingerprint_does_not_depend_on_chunks() -> None:
    table = make()
    slices = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert table_fingerprint(slices) == table_fingerprint(table)


def changed(about: dict[str, object]) -> pa.Table:
    table = make()
    return table.replace_schema_metadata({"spanreg_dictionary": json.dumps(about_dictionary(table) | about)})


DAMAGES = {
    "does not exist": None,
    "cannot be read as Parquet: ": b"no parquet at all, but long enough to look into",
    "is not a dictionary of spanreg": make().replace_schema_metadata(None),
    "has format 99, and spanreg": changed({"format": 99}),
    "was sampled with the word rule 'words-0', which is now 'words-1'": changed({"word_rule": "words-0"}),
    "must have the columns ngram, n, count, and otherwise only scores": make().drop_columns(["n"]),
    "is damaged": changed({"sha256": "0"}),
}


@pytest.mark.parametrize("reason", DAMAGES)
def test_refusals(tmp_path: Path, reason: str) -> None:
    path, content = tmp_path / "d.parquet", DAMAGES[reason]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        pq.write_table(content, path)
    with pytest.raises(ConfigurationError) as caught:
        read_dictionary(path)
    assert f"dictionary '{path}' {reason}" in str(caught.value)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    write_dictionary(make(), path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigurationError, match="cannot be read as Parquet"):
        read_dictionary(path)


def test_scores_are_columns_of_their_own(tmp_path: Path) -> None:
    scored = make(scores={"pmi": np.array([0.1, 0.2, 0.3, 0.4])})
    assert scored["pmi"].to_pylist() == [0.2, 0.3, 0.1, 0.4]
    write_dictionary(scored, tmp_path / "d.parquet")
    assert read_dictionary(tmp_path / "d.parquet").equals(scored, check_metadata=True)
    others = (make(), make(scores={"pmi": np.zeros(4)}), make(scores={"npmi": np.array([0.1, 0.2, 0.3, 0.4])}))
    assert table_fingerprint(scored) not in [table_fingerprint(other) for other in others]


def test_a_million_entries_are_read_at_once(tmp_path: Path) -> None:
    size = 1_000_000
    ngrams = pa.array([f"phrase number {i}" for i in range(size)])
    n, counts = np.full(size, 3, dtype=np.int32), np.arange(size)
    write_dictionary(
        dictionary_table(ngrams, n, counts, lowercase=True, origin={}, scores={"pmi": counts / size}),
        tmp_path / "d.parquet",
    )
    began = time.perf_counter()
    assert read_dictionary(tmp_path / "d.parquet").num_rows == size
    assert time.perf_counter() - began < 1


def test_readable_with_pyarrow_alone(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    write_dictionary(make(), path)
    code = "import sys, pyarrow.parquet as pq; print(pq.read_table(sys.argv[1]).to_pydict()['count'])"
    done = subprocess.run([sys.executable, "-I", "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[7, 5, 5, 1]"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'"lowercase": true', b'"lowercase": null', "its metadata are incomplete"),
        (b'"lowercase": true', b'"lowercase": frue', "its metadata are not JSON"),
        (b'"type": "test"', b'"type": "best"', "the hash of its metadata does not match"),
        (b'"lowercase": true', b'"lowercase":false', "the hash of its metadata does not match"),
    ],
)
def test_damaged_metadata_are_noticed(tmp_path: Path, old: bytes, new: bytes, fault: str) -> None:
    """Entries and metadata have separate hashes."""
    table = make()
    about = table.schema.metadata[b"spanreg_dictionary"]
    assert old in about
    damaged = table.replace_schema_metadata({b"spanreg_dictionary": about.replace(old, new)})
    write_dictionary(damaged, tmp_path / "d.parquet")
    with pytest.raises(ConfigurationError, match=rf"dictionary '.*d\.parquet' is damaged: {fault}"):
        read_dictionary(tmp_path / "d.parquet")


def test_metadata_of_earlier_versions_have_no_hash(tmp_path: Path) -> None:
    table = make()
    about = json.loads(table.schema.metadata[b"spanreg_dictionary"])
    del about["metadata_sha256"]
    write_dictionary(table.replace_schema_metadata({b"spanreg_dictionary": json.dumps(about)}), tmp_path / "d.parquet")
    assert read_dictionary(tmp_path / "d.parquet").num_rows == 4
