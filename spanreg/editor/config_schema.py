"""JSON Schemas of configs and studies, cached on disk until a source file changes.

Writing a schema reads the signatures of all components, which takes several times as long as starting a command. The
cached text depends on the version of Python and on the path, size and time of every source file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from spanreg.registry import ConfigurationError, include_packages, plugin_packages, stand_in
from spanreg.registry.names import shown_name
from spanreg.registry.registrable import registering_packages
from spanreg.registry.schema import Schema, SchemaWriter
from spanreg.registry.source.classes import INDEXED
from spanreg.storage.cache_root import cache_root
from spanreg.training.config.experiment_plan import experiment_class
from spanreg.training.config.forms.upgrades import FORM, SCHEMA

ROOTS: Final = {
    "config": ("spanreg.training.config.experiment", "Experiment", "a config of spanreg train"),
    "study": ("spanreg.studies.define.study", "StudyDefinition", "a study of spanreg study"),
}
"Module, class and title of the root of each schema."

_FORM: Final = {
    "type": "object",
    "properties": {
        "schema": {"type": "integer", "minimum": 1, "maximum": SCHEMA, "description": "Schema version of the config."},
        "given": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Keys that count even if they have the default; `spanreg check --resolved` writes them.",
        },
    },
    "additionalProperties": False,
    "description": "The form of the config; see `spanreg check --resolved`.",
}
"Schema of the key that describes the form of a config."


def schema_text(root: str, included: Sequence[str] = ()) -> str:
    """Return the JSON Schema of configs or studies as compact JSON.

    ``schema_text("config")``

    Args:
        root: a key of ``ROOTS``.
        included: packages to include. Their components are part of the schema, which is then not cached.

    Raises:
        ConfigurationError: a package cannot be included.
    """
    include_packages(included)
    folders = _source_folders()
    # Components of other packages, which may be included or defined in a notebook, belong to this process alone.
    if registering_packages() - folders.keys():
        return _write(root)
    # One file for each set of folders, so that two checkouts do not replace each other's.
    cached = _cache_file(root, folders.values())
    digest = _digest(folders.values())
    with suppress(OSError, UnicodeDecodeError):
        head, _, text = cached.read_text(encoding="utf-8").partition("\n") if cached else ("", "", "")
        if head == digest and text:
            return text
    text = _write(root)
    # A cache that cannot be written, as on a read-only disk, costs time only.
    with suppress(ConfigurationError):
        if cached:
            # Imported late: most calls find the schema in the cache, and need no writer of files.
            from spanreg.storage.files import write_text

            write_text(cached, f"{digest}\n{text}")
    return text


def config_schema(root: str, included: Sequence[str] = ()) -> Schema:
    """Return the JSON Schema of configs or studies; see ``schema_text``."""
    schema: Schema = json.loads(schema_text(root, included))
    return schema


def _write(root: str) -> str:
    module, name, title = ROOTS[root]
    # The signature of a study takes any object as its base, because each arm is checked as a whole config.
    writer = SchemaWriter(replaced={("Study", "base"): experiment_class()})
    cls = stand_in(module, name)
    document = writer.document(cls, title)
    # This key is not an argument of the classes: it is read, and removed, before a config is planned.
    for root_class in sorted({"Experiment", shown_name(cls)}):
        document["$defs"][root_class]["properties"][FORM] = _FORM
    return json.dumps(document, ensure_ascii=False)


def _source_folders() -> dict[str, Path]:
    """Return the folders or files of all packages whose components are registered without being included, by name."""
    found = dict(INDEXED)
    for name in plugin_packages():
        # A top-level name is found without importing anything.
        with suppress(ImportError, ValueError):
            spec = find_spec(name)
            # A namespace package has folders and no file, a module a file and no folders. A package that was removed
            # has neither: ``Path("")`` would be the working directory.
            inside = list(spec.submodule_search_locations or ()) if spec else []
            file = spec.origin if spec and spec.has_location else None
            if place := next(iter([*inside, file]), None):
                found[name] = Path(place)
    return found


def _cache_file(root: str, folders: Iterable[Path]) -> Path | None:
    """Return the file of a cached schema, or None for a user without a cache."""
    key = hashlib.sha256("\n".join(map(str, folders)).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    with suppress(ConfigurationError):
        return cache_root() / "schemas" / f"{root}-{key}.json"
    return None


def _digest(folders: Iterable[Path]) -> str:
    """Return a hash that changes with every source file, by path, size and time: reading the files takes longer."""
    facts = hashlib.sha256(sys.version.encode())
    for folder in folders:
        # Sorted, because a folder returns its entries in any order.
        for name, size, time in sorted(_files(str(folder))):
            facts.update(f"{name}\0{size}\0{time}\n".encode("utf-8", "surrogateescape"))
    return facts.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and modification time of the Python files below a folder, or of a single file."""
    if not os.path.isdir(folder):
        with suppress(OSError):
            about = os.stat(folder)
            yield folder, about.st_size, about.st_mtime_ns
        return
    # What cannot be read has no components: a closed folder, or a link to nothing, such as a lock file of Emacs.
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir():
                    # Compiled files change whenever Python runs.
                    if entry.name != "__pycache__":
                        yield from _files(entry.path)
                elif entry.name.endswith(".py"):
                    about = entry.stat()
                    yield entry.path, about.st_size, about.st_mtime_ns
