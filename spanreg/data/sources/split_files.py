"""Parquet files of a folder, grouped into splits by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from spanreg.data.sources.parquet import read_wanted_columns
from spanreg.data.sources.table import SourceTable, joined_tables
from spanreg.registry import ConfigurationError

SplitFiles = dict[str, list[Path]]
"Files by split, in the order train, validation, test, others."

_SHARD = re.compile(r"(?P<split>.+?)-\d{5}-of-\d{5}\.parquet")


def find_splits(folder: Path, files: Mapping[str, str], order: Sequence[str]) -> SplitFiles:
    """Return the files of each split: one ``<split>.parquet``, or shards such as ``<split>-00000-of-00002.parquet``.

    Args:
        folder: the folder with the files.
        files: split to file name, for files that are not named after their splits.
        order: the splits that come first, in this order.

    Raises:
        ConfigurationError: the folder has no Parquet files, or a named file or a shard is missing.
    """
    found = _files_by_name(folder)
    if not found:
        raise ConfigurationError(f"no Parquet files in {folder}", path="path", hint="expected files: <split>.parquet")
    renamed = {split: _named_file(folder, split, name, found) for split, name in files.items()}
    # A file that the config assigns to a split is no split under its own name: it would be read twice.
    taken = {path for paths in renamed.values() for path in paths}
    kept = {split: paths for split, paths in found.items() if not taken.intersection(paths)}
    merged = {**kept, **renamed}
    ranks = {split: rank for rank, split in enumerate(order)}
    return {split: merged[split] for split in sorted(merged, key=lambda split: (ranks.get(split, len(ranks)), split))}


def read_files(paths: Sequence[Path], columns: Sequence[str], label: str = "label") -> SourceTable:
    """Return those of the named columns that one split's files have, with the rows in the order of the files.

    Raises:
        ConfigurationError: a file is damaged, or only some of the files have a column.
    """
    return joined_tables([read_wanted_columns(path, columns, label) for path in paths])


def _files_by_name(folder: Path) -> SplitFiles:
    """Return files by the split in their names; an unsharded file wins over shards of the same name."""
    shards: SplitFiles = {}
    whole: SplitFiles = {}
    for path in sorted(folder.glob("*.parquet")):
        if match := _SHARD.fullmatch(path.name):
            shards.setdefault(match["split"], []).append(path)
        else:
            whole[path.stem] = [path]
    for split, paths in shards.items():
        _require_all_shards(split, paths)
    return {**shards, **whole}


def _require_all_shards(split: str, paths: Sequence[Path]) -> None:
    """Raise an error unless a split has all shards of one sharding."""
    count = int(paths[0].stem.rsplit("-", 1)[1])
    expected = [f"{split}-{shard:05d}-of-{count:05d}.parquet" for shard in range(count)]
    present = {path.name for path in paths}
    missing = [name for name in expected if name not in present]
    # More files than shards: two shardings of one split, whose rows would be read twice.
    if missing or len(paths) != count:
        problem = f"split {split!r} in {paths[0].parent} is incomplete: it has {', '.join(sorted(present))}"
        hint = f"add {', '.join(missing)}" if missing else f"keep the {count} files of one sharding"
        raise ConfigurationError(problem, path="path", hint=hint)


def _named_file(folder: Path, split: str, name: str, found: SplitFiles) -> list[Path]:
    """Return the files of a name that the config gives for a split."""
    stem = name.removesuffix(".parquet")
    if stem in found:
        return found[stem]  # all shards of the name
    path = folder / f"{stem}.parquet"
    if path.is_file():
        return [path]
    hint = f"the folder has: {', '.join(sorted(found))}"
    raise ConfigurationError(f"no file {path}", path=f"files.{split}", hint=hint)
