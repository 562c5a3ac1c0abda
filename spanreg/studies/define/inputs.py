"""What a run depends on beside its config: the files that the config names, and the code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import glob
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spanreg import storage
from spanreg.data.base import DatasetReader
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
from spanreg.training.config.compatibility import experiment_class

_ASIDE = ("benchmarks", "cli", "executors", "storage", "studies", "testing")
"Folders of this package that have no part in what a run gives."

_LIBRARIES = ("tokenizers", "torch", "transformers")


def inputs_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of the content of all that a config names: files and folders by what the config calls them.

    What is a name the components' signatures say: a path, a pattern, or ``pkg:package/file``. Any other string is one,
    too, if there is a file of that name. What a data reader reads without being told a path, it says itself
    (``DatasetReader.content_files``).

    Raises:
        ConfigurationError: the data cannot be found.
    """
    names = plan_params(experiment_class(), Params(dict(config))).names
    named = {name.text: _paths(name.text) for name in names if name.tracked}
    chanced = {text: [path] for text in _strings(config) if text not in named and (path := _file(text))}
    hashes = {text: _hash_paths(paths) for text, paths in {**named, **chanced}.items() if paths}
    with within("data"):
        files = list(reader_of(config).content_files())
    return {**hashes, **({"data": _hash_paths(files)} if files else {})}


def require_unchanged(
    config: Mapping[str, Any], included: Sequence[str], code: str, inputs: Mapping[str, str], home: Path | None = None
) -> None:
    """Holds what a run is about to be made of against what its id says that it is made of.

    Args:
        config: the run's.
        included: packages of the user's own.
        code: what ``code_hash`` gave.
        inputs: what ``inputs_of`` gave.
        home: where ``included`` begin; default: the working directory.

    Raises:
        ConfigurationError: code or files have changed since.
    """
    now = inputs_of(config)
    changed = [f"the content of {name}" for name in {**inputs, **now} if inputs.get(name) != now.get(name)]
    if code_hash(included, home) != code:
        changed.insert(0, "the code")
    if changed:
        raise ConfigurationError(
            f"changed since this was begun: {', '.join(changed)}",
            hint="undo it and give the same command again, or begin anew by --update",
        )


def reader_of(config: Mapping[str, Any]) -> DatasetReader:
    """Reads the data of a config."""
    reader: DatasetReader = DatasetReader.from_params(Params(_as_mapping(config["data"])))
    return reader


def code_hash(included: Sequence[str] = (), home: Path | None = None) -> str:
    """Return a hash of the code that a run depends on.

    It covers this package, the user's components, the installed plug-ins and the libraries' versions.

    Args:
        included: packages of the user's own, which are imported: never those that a saved file names.
        home: where their paths begin; default: the working directory.
    """
    parts = [entry.name for entry in sorted(storage.PACKAGE.iterdir()) if entry.is_dir()]
    own = storage.hash_sources(*(part for part in parts if part not in _ASIDE))
    include_packages(included, home)
    users = {name: _hash_code(included_sources(name) or ()) for name in included}
    plugins = {name: _hash_code(_installed(name)) for name in plugin_packages()}
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return storage.hash_json({"own": own, "users": users, "plugins": plugins, "versions": versions})


def _installed(name: str) -> list[Path]:
    """The folders of an installed package, or the file of a module."""
    spec = find_spec(name)
    inside = list(spec.submodule_search_locations or ()) if spec else []
    file = spec.origin if spec and spec.has_location else None
    return [Path(root) for root in inside or ([file] if file else [])]


def _hash_code(roots: Iterable[Path]) -> str:
    """A hash of Python files and of those below folders; nothing else that lies beside them counts."""
    files = [(file.relative_to(root).as_posix(), file) for root in roots for file in _sources(root)]
    return storage.hash_code(files)


def _sources(root: Path) -> Iterator[Path]:
    """The file itself, or the Python files below a folder; hidden folders and virtual environments are left out."""
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name != "__pycache__" and name[0] != "." and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        yield from (Path(folder) / name for name in sorted(names) if name.endswith(".py"))


def _strings(value: Any) -> Iterator[str]:
    """All strings of a config but the names of components."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(item) if key != "type" else ()
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _paths(text: str) -> list[Path]:
    """The files and folders that a name means; none where there are none, as for a model of the hub."""
    try:
        path = resolve_path(text)
        return [path] if path.exists() else [Path(name) for name in sorted(glob(str(path), recursive=True))]
    except (ConfigurationError, OSError):  # too long for a name
        return []


def _file(text: str) -> Path | None:
    """The file of a name, where there is one."""
    try:
        path = resolve_path(text)
        return path if path.is_file() else None
    except (ConfigurationError, OSError):
        return None


def _hash_paths(paths: Sequence[Path]) -> str:
    files = [file for path in paths for file in _files(path)]
    return storage.hash_json([[file.name, storage.hash_file_again(file)] for file in files])


def _files(path: Path) -> list[Path]:
    """The file, or all below a folder."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")


def _as_mapping(component: Any) -> dict[str, Any]:
    return {"type": component} if isinstance(component, str) else dict(component)
