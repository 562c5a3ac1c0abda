"""Splits that lie in a folder as Parquet files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from spanreg.data.sources.parquet import read_parquet
from spanreg.data.sources.table import SourceTable, joined_tables
from spanreg.registry import ConfigurationError

SplitFiles = dict[str, list[Path]]
"Files by split, in the order train, validation, test, others."

_NAME = re.compile(r"(?P<split>.+?)(?:-(?P<shard>\d{5})-of-(?P<shards>\d{5}))?\.parquet")


def find_splits(folder: Path, files: Mapping[str, str], order: Sequence[str]) -> SplitFiles:
    """Files of each split: one ``<split>.parquet``, or the shards ``<split>-00000-of-00002.parquet`` and so on.

    Args:
        folder: holds the files.
        files: split to file name, for files whose names are not the splits'.
        order: the splits that come first, in this order.

    Raises:
        ConfigurationError: no files at all, a named file is missing, or a shard is missing.
    """
    found = _by_name(folder)
    if not found:
        raise ConfigurationError(f"no Parquet files in {folder}", path="path", hint="expected files: <split>.parquet")
    renamed = {split: _named(folder, split, name, found) for split, name in files.items()}
    taken = {path for paths in renamed.values() for path in paths}
    kept = {split: paths for split, paths in found.items() if not taken.intersection(paths)}
    merged = {**kept, **renamed}
    ranks = {split: rank for rank, split in enumerate(order)}
    return {split: merged[split] for split in sorted(merged, key=lambda split: (ranks.get(split, len(ranks)), split))}


def read_files(paths: Sequence[Path], columns: Sequence[str], label: str = "label") -> SourceTable:
    """Return the named columns of one split's files, in order, as far as they are there.

    Raises:
        ConfigurationError: a file is damaged, or a column is in some of them only.
    """
    return joined_tables([read_parquet(path, columns, label) for path in paths])


def _by_name(folder: Path) -> SplitFiles:
    """Files by the split in their names; an unsharded file wins over shards of the same name."""
    found: SplitFiles = {}
    for path in sorted(folder.glob("*.parquet")):
        match = _NAME.fullmatch(path.name)
        if match and match["shard"]:
            found.setdefault(match["split"], []).append(path)
    for split, paths in found.items():
        _check_shards(split, paths)
    found.update({path.stem: [path] for path in sorted(folder.glob("*.parquet")) if not _is_shard(path)})
    return found


def _is_shard(path: Path) -> bool:
    match = _NAME.fullmatch(path.name)
    return match is not None and match["shard"] is not None


def _check_shards(split: str, paths: Sequence[Path]) -> None:
    wanted = int(paths[0].stem.rsplit("-", 1)[1])
    expected = [f"{split}-{shard:05d}-of-{wanted:05d}.parquet" for shard in range(wanted)]
    present = {path.name for path in paths}
    missing = [name for name in expected if name not in present]
    if missing or len(paths) != wanted:
        problem = f"split {split!r} in {paths[0].parent} is not whole: it has {', '.join(sorted(present))}"
        hint = f"add {', '.join(missing)}" if missing else f"keep the {wanted} files of one sharding"
        raise ConfigurationError(problem, path="path", hint=hint)


def _named(folder: Path, split: str, name: str, found: SplitFiles) -> list[Path]:
    stem = name.removesuffix(".parquet")
    if stem in found:
        return found[stem]
    path = folder / f"{stem}.parquet"
    if path.is_file():
        return [path]
    raise ConfigurationError(
        f"no file {path}", path=f"files.{split}", hint=f"the folder has: {', '.join(sorted(found))}"
    )
