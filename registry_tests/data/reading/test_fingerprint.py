"""A content hash sees values and nothing of how they are laid out."""

from __future__ import annotations

import pyarrow as pa
from datasets import Dataset, concatenate_datasets

from spanreg.data.reading.fingerprint import content_fingerprint

COLUMNS = {"text": ["one", "", "zwei é"], "label": [0, 1, -1], "score": [0.5, 1.0, 2.0], "tags": [["a"], [], ["b"]]}


def hashed(**changes: object) -> str:
    return content_fingerprint(Dataset.from_dict({**COLUMNS, **changes}))


def test_layout_changes_nothing() -> None:
    whole = Dataset.from_dict(COLUMNS)
    expected = content_fingerprint(whole)
    pieces = concatenate_datasets([whole.select([0]), whole.select([1, 2])])
    assert content_fingerprint(pieces) == expected
    assert content_fingerprint(whole.select([2, 1, 0]).select([2, 1, 0])) == expected
    assert content_fingerprint(whole.select_columns(["tags", "score", "label", "text"])) == expected
    large = pa.table(whole.with_format("arrow")[:]).cast(
        pa.schema([("text", pa.large_string()), *[field for field in whole.data.schema if field.name != "text"]])
    )
    assert content_fingerprint(Dataset(large)) == expected


def test_every_change_of_content_shows() -> None:
    others = [
        hashed(text=["one", "z", "wei é"]),
        hashed(text=["on", "e", "zwei é"]),
        hashed(text=["one", None, "zwei é"]),
        hashed(text=[None, "one", "zwei é"]),
        hashed(label=[0, 1, 0]),
        hashed(label=[0.0, 1.0, -1.0]),
        hashed(score=[0.5, 1.0, 2.5]),
        hashed(tags=[["a"], ["b"], []]),
        hashed(more=[1, 2, 3]),
        content_fingerprint(Dataset.from_dict(COLUMNS).select([0, 1])),
        content_fingerprint(Dataset.from_dict(COLUMNS).select([1, 0, 2])),
    ]
    assert len({hashed(), *others}) == len(others) + 1


def test_hash_is_stable_across_versions() -> None:
    found = content_fingerprint(Dataset.from_dict({"text": ["a"], "idx": [0]}))
    assert found == "ad84657fea2e49c8f91f8b8578fea2c7ff2d2f9b27b05547f70569e99806d24a"
