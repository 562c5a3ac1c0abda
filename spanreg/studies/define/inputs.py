"""Hashes of what a run depends on besides its config: the files that the config names, and the code."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spanreg import storage
from spanreg.data.base import DatasetReader
from spanreg.data.reading.recorded import reader_of_data
from spanreg.packages import resolve_path
from spanreg.registry import (
    ConfigurationError,
    Params,
    include_packages,
    included_sources,
    plan_params,
    plugin_packages,
    within,
)
from spanreg.text.files.patterns import matching_paths
from spanreg.training.config.experiment_plan import experiment_class

_WITHOUT_EFFECT = ("benchmarks", "cli", "executors", "storage", "studies", "testing")
"Folders of this package that no result of a run depends on."

_LIBRARIES = ("tokenizers", "torch", "transformers")
"Packages whose versions are part of the hash: another version may tokenize or compute differently."


def inputs_of(config: Mapping[str, Any], recorded: Collection[str] = ()) -> dict[str, str]:
    """Return hashes of the content of all files and folders that a config names, by their names in the config.

    The signatures of the components mark which values are names: a path, a pattern, or ``pkg:package/file``. Any other
    string counts as well if there is a file of that name. A data reader adds the files that it reads without a path in
    the config (``DatasetReader.content_files``).

    Args:
        config: the config of a run.
        recorded: hashes of an earlier plan. Earlier versions hashed the bytes of dictionaries and hidden files of
            folders as well; such a hash is returned if it is among these, so that the ids of those runs stay valid.

    Raises:
        ConfigurationError: the data cannot be found.
    """
    names = plan_params(experiment_class(), Params(dict(config))).names
    named = {name.text: _paths(name.text) for name in names if name.tracked}
    # A string without a mark in the signature counts if a file of its name exists, as for components of the user's own.
    # A folder or a pattern does not: a bare word is often also a folder, and ``freeze: '.'`` is a pattern of weights.
    unmarked = {text: [path] for text in _strings(config) if text not in named and (path := _file(text))}
    tables = frozenset(_dictionary_files(config))
    hashes = {
        text: _hash_paths(paths, recorded, are_dictionaries=text in tables)
        for text, paths in {**named, **unmarked}.items()
        if paths
    }
    with within("data"):
        files = list(reader_of(config).content_files())
    return {**hashes, **({"data": _hash_paths(files, recorded)} if files else {})}


def require_unchanged(
    config: Mapping[str, Any], included: Sequence[str], code: str, inputs: Mapping[str, str], home: Path | None = None
) -> None:
    """Check that code and files of a run are still those of its id.

    Args:
        config: the run's.
        included: packages of the user's own.
        code: what ``code_hash`` returned.
        inputs: what ``inputs_of`` returned.
        home: folder that relative paths in ``included`` start from; default: the working directory.

    Raises:
        ConfigurationError: code or files have changed since the study started.
    """
    now = inputs_of(config, inputs.values())
    changed = [f"the content of {name}" for name in {**inputs, **now} if inputs.get(name) != now.get(name)]
    if code_hash(included, home) != code:
        changed.insert(0, "the code")
    if changed:
        raise ConfigurationError(
            f"changed since the study started: {', '.join(changed)}",
            hint="undo the change and repeat the command, or repeat outdated runs: --update",
        )


def reader_of(config: Mapping[str, Any], recorded: Mapping[str, str | None] | None = None) -> DatasetReader:
    """Return the reader of a config's data.

    Args:
        config: the config of a run.
        recorded: fingerprints of splits as a finished run recorded them, which may be of an earlier version.
    """
    return reader_of_data(config["data"], recorded, config.get("seed"))


def code_hash(included: Sequence[str] = (), home: Path | None = None) -> str:
    """Return a hash of the code that a run depends on.

    It covers this package, the user's components, the installed plug-ins and the libraries' versions.

    Args:
        included: the user's own packages, which are imported; never those that only a saved file names.
        home: folder that relative paths of packages start from; default: the working directory.
    """
    parts = [entry.name for entry in sorted(storage.PACKAGE.iterdir()) if entry.is_dir()]
    own = storage.hash_sources(*(part for part in parts if part not in _WITHOUT_EFFECT))
    # Hashing a package needs its location, and only including it makes it trusted.
    include_packages(included, home)
    users = {name: _hash_code(included_sources(name) or ()) for name in included}
    plugins = {name: _hash_code(_installed(name)) for name in plugin_packages()}
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return storage.hash_json({"own": own, "users": users, "plugins": plugins, "versions": versions})


def _installed(name: str) -> list[Path]:
    """Return the folders of an installed package, or the file of a module."""
    spec = find_spec(name)
    inside = list(spec.submodule_search_locations or ()) if spec else []
    file = spec.origin if spec and spec.has_location else None
    return [Path(root) for root in inside or ([file] if file else [])]


def _hash_code(roots: Iterable[Path]) -> str:
    """Return a hash of Python files and of all Python files below folders."""
    files = [(file.relative_to(root).as_posix(), file) for root in roots for file in _sources(root)]
    return storage.hash_code(files)


def _sources(root: Path) -> Iterator[Path]:
    """Yield the file itself, or the Python files below a folder without hidden folders and virtual environments."""
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        # Assigning to the slice makes os.walk skip the others, and visit the rest in a fixed order.
        folders[:] = sorted(
            name
            for name in folders
            if name != "__pycache__" and name[0] != "." and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        yield from (Path(folder) / name for name in sorted(names) if name.endswith(".py"))


def _strings(value: Any) -> Iterator[str]:
    """Yield all strings of a config except the names of components."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            # A type is a registered name; a file that happens to have that name is not an input.
            yield from _strings(item) if key != "type" else ()
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _paths(text: str) -> list[Path]:
    """Return the files and folders of a name; empty where there are none, as for a model of the hub."""
    try:
        path = resolve_path(text)
        return [path] if path.exists() else sorted(matching_paths(path), key=str)
    except (ConfigurationError, OSError):  # too long for a name
        return []


def _file(text: str) -> Path | None:
    """Return the file of a name; None where there is none."""
    try:
        path = resolve_path(text)
        return path if path.is_file() else None
    except (ConfigurationError, OSError):
        return None


def _hash_paths(paths: Sequence[Path], recorded: Collection[str] = (), *, are_dictionaries: bool = False) -> str:
    """Return a hash of the names and contents of files, and of all files below folders.

    Args:
        paths: files and folders.
        recorded: as for ``inputs_of``.
        are_dictionaries: dictionaries count by their n-grams, not by the bytes of their files.
    """
    # Only the names of the files, since their folders differ between machines.
    files = [file for path in paths for file in _files(path)]
    if recorded:
        earlier = storage.hash_json([[file.name, storage.hash_file_cached(file)] for file in files])
        if earlier in recorded:
            return earlier
    # Tools leave hidden files whose content differs between machines, such as times of downloads in ``.cache``.
    counted = [file for path in paths for file in _files(path) if not _is_hidden(file, path)]
    contents = {file: _fingerprint(file) if are_dictionaries else "" for file in counted}
    return storage.hash_json([[file.name, contents[file] or storage.hash_file_cached(file)] for file in counted])


def _is_hidden(file: Path, root: Path) -> bool:
    """Return whether a file, or a folder on the way to it, is hidden; never for a path that the config names."""
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _dictionary_files(value: Any) -> Iterator[str]:
    """Yield the paths of all dictionaries of type ``file`` in a config."""
    if isinstance(value, Mapping):
        if value.get("type") == "file" and isinstance(value.get("path"), str):
            yield value["path"]
        for inner in value.values():
            yield from _dictionary_files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dictionary_files(inner)


def _fingerprint(file: Path) -> str:
    """Return the fingerprint of a sampled dictionary from its metadata; empty for other files.

    The metadata have the hash of the entries, which is verified when the dictionary is read. Bytes of the file differ
    with the version of pyarrow, and with the names of the corpus in the metadata.
    """
    with file.open("rb") as stream:
        if stream.read(4) != b"PAR1":
            return ""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from spanreg.dictionaries.tables.artefact import table_fingerprint

    try:
        return table_fingerprint(pq.read_schema(file).empty_table())
    # Not a dictionary, or a damaged one, which is an error when the run reads it.
    except (ConfigurationError, OSError, ValueError, pa.ArrowException):
        return ""


def _files(path: Path) -> list[Path]:
    """Return the file itself, or all files below a folder."""
    if path.is_file():
        return [path]
    # Python writes compiled files next to its sources, and their bytes contain the time of the source.
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")
