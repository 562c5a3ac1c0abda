"""Content fingerprints of data sets: what changes them, and what does not."""

from __future__ import annotations

import pyarrow as pa
from datasets import Dataset, concatenate_datasets

from spanreg.data.reading.fingerprint import content_fingerprint

COLUMNS = {"text": ["one", "", "zwei é"], "label": [0, 1, -1], "score": [0.5, 1.0, 2.0], "tags": [["a"], [], ["b"]]}


def fingerprint_of(**changes: object) -> str:
    """Return the fingerprint of ``COLUMNS`` with some columns replaced or added."""
    return content_fingerprint(Dataset.from_dict({**COLUMNS, **changes}))


def test_the_fingerprint_does_not_depend_on_the_layout_of_the_table() -> None:
    dataset = Dataset.from_dict(COLUMNS)
    expected = content_fingerprint(dataset)
    pieces = concatenate_datasets([dataset.select([0]), dataset.select([1, 2])])
    assert content_fingerprint(pieces) == expected
    assert content_fingerprint(dataset.select([2, 1, 0]).select([2, 1, 0])) == expected
    assert content_fingerprint(dataset.select_columns(["tags", "score", "label", "text"])) == expected
    large = pa.table(dataset.with_format("arrow")[:]).cast(
        pa.schema([("text", pa.large_string()), *[field for field in dataset.data.schema if field.name != "text"]])
    )
    assert content_fingerprint(Dataset(large)) == expected


def test_every_change_of_content_changes_the_fingerprint() -> None:
    changed = [
        # The first two have the same bytes as the original, divided otherwise.
        fingerprint_of(text=["one", "z", "wei é"]),
        fingerprint_of(text=["on", "e", "zwei é"]),
        fingerprint_of(text=["one", None, "zwei é"]),
        fingerprint_of(text=[None, "one", "zwei é"]),
        fingerprint_of(label=[0, 1, 0]),
        fingerprint_of(label=[0.0, 1.0, -1.0]),
        fingerprint_of(score=[0.5, 1.0, 2.5]),
        fingerprint_of(tags=[["a"], ["b"], []]),
        fingerprint_of(more=[1, 2, 3]),
        content_fingerprint(Dataset.from_dict(COLUMNS).select([0, 1])),
        content_fingerprint(Dataset.from_dict(COLUMNS).select([1, 0, 2])),
    ]
    assert len({fingerprint_of(), *changed}) == len(changed) + 1


def test_the_fingerprint_is_stable_across_versions() -> None:
    # Finished runs record fingerprints, by which their data are recognized: another value breaks the comparison.
    fingerprint = content_fingerprint(Dataset.from_dict({"text": ["a"], "idx": [0]}))
    assert fingerprint == "ad84657fea2e49c8f91f8b8578fea2c7ff2d2f9b27b05547f70569e99806d24a"
