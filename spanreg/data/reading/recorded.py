"""Readers for the data of finished runs, also of runs from before ``limit_from``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanreg.data.base import DatasetReader
from spanreg.registry import Params

_LIMITED: Final = frozenset({"conll", "csv", "demo", "glue", "hub", "jsonl", "parquet", "snli", "tsv"})
"Readers whose limit took the first examples before ``limit_from`` existed; the list never grows."


def reader_of_data(
    data: Any, recorded: Mapping[str, str | None] | None = None, seed: int | None = None
) -> DatasetReader:
    """Return the reader of a config's data.

    In a config of an earlier version, a limit without ``limit_from`` means the first examples. Fingerprints decide
    whether a run read these.

    Args:
        data: the key ``data`` of a config.
        recorded: fingerprints of some splits as a run recorded them; default: the config is read as one of today.
        seed: random seed of the run, which the choice of training examples may depend on.

    Raises:
        ConfigurationError: the config is wrong, or recorded splits cannot be read.
    """
    reader = _made(data, seed)
    # Reading a split is slow, so fingerprints are only compared where the two configs differ.
    earlier = with_first_rows(data)
    split = next((split for split, fingerprint in (recorded or {}).items() if fingerprint), None)
    if recorded is None or split is None or earlier == data or reader.fingerprint(split) == recorded[split]:
        return reader
    found = _made(earlier, seed)
    return found if found.fingerprint(split) == recorded[split] else reader


def with_first_rows(data: Any) -> Any:
    """Return a config of data in which every limit without ``limit_from`` keeps the first examples."""
    if not isinstance(data, Mapping):
        return data
    means_first = data.get("type") in _LIMITED and "limit" in data and "limit_from" not in data
    inner = {key: with_first_rows(value) for key, value in data.items()}
    return {**inner, "limit_from": "start"} if means_first else inner


def _made(data: Any, seed: int | None) -> DatasetReader:
    reader: DatasetReader = DatasetReader.from_params(Params({"type": data} if isinstance(data, str) else dict(data)))
    if seed is not None:
        reader.use_run_seed(seed)
    return reader
