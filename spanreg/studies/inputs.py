"""What a run depends on beside its config: the files that the config names, and the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from glob import glob
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spanreg import storage
from spanreg.data.base import DatasetReader
from spanreg.packages import PREFIX, resolve_path
from spanreg.registry import ConfigurationError, Params, include_package, within

_ASIDE = ("benchmarks", "cli", "executors", "studies", "testing")
"Folders of this package that have no part in what a run gives."

_LIBRARIES = ("tokenizers", "torch", "transformers")


def inputs_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of the content of all that a config names: files and folders by what the config calls them.

    A string of the config is a file's name where such a file is there: a path, a pattern, or ``pkg:package/file``. What
    a data reader reads without being told a path, it says itself (``DatasetReader.content_files``).

    Raises:
        ConfigurationError: the data cannot be found.
    """
    hashes = {text: _hash_paths(paths) for text in dict.fromkeys(_strings(config)) if (paths := _paths(text))}
    with within("data"):
        files = list(reader_of(config).content_files())
    return {**hashes, **({"data": _hash_paths(files)} if files else {})}


def reader_of(config: Mapping[str, Any]) -> DatasetReader:
    """Reads the data of a config."""
    reader: DatasetReader = DatasetReader.from_params(Params(_as_mapping(config["data"])))
    return reader


def code_hash(included: Sequence[str] = ()) -> str:
    """A hash of the code that a run depends on: this package's, the user's components', the libraries' versions."""
    parts = [entry.name for entry in sorted(Path(storage.__file__).parent.iterdir()) if entry.is_dir()]
    own = storage.hash_sources(*(part for part in parts if part not in _ASIDE))
    users = {name: _hash_included(name) for name in included}
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return storage.hash_json({"own": own, "users": users, "versions": versions})


def _hash_included(name: str) -> str:
    """What ``--include-package`` names: a file, a folder, or a module by its dotted name."""
    include_package(name)
    if Path(name).exists():
        return _hash_paths([Path(name)])
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return ""
    file = Path(spec.origin)
    return _hash_paths([file.parent if file.name == "__init__.py" else file])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _paths(text: str) -> list[Path]:
    """The files and folders that a string means; none where it is no name of any.

    A pattern of nothing but signs is no name: an encoder's ``freeze: '.'`` means all weights, not the working folder.
    """
    if not text.startswith(PREFIX) and not any(mark in text for mark in "./*"):
        return []
    if not any(map(str.isalnum, text)):
        return []
    try:
        path = resolve_path(text)
    except ConfigurationError:
        return []
    return [path] if path.exists() else [Path(name) for name in sorted(glob(str(path), recursive=True))]


def _hash_paths(paths: Sequence[Path]) -> str:
    files = [file for path in paths for file in _files(path)]
    return storage.hash_json([[file.name, _hash_file(file, *_stamp(file))] for file in files])


def _files(path: Path) -> list[Path]:
    """The file, or all below a folder."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")


def _stamp(file: Path) -> tuple[int, int]:
    state = file.stat()
    return state.st_size, state.st_mtime_ns


@cache
def _hash_file(file: Path, size: int, changed: int) -> str:
    """A file that is looked at again for another arm is not read again."""
    return storage.hash_file(file)


def _as_mapping(component: Any) -> dict[str, Any]:
    return {"type": component} if isinstance(component, str) else dict(component)
