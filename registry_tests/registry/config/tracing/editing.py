"""Oracle of the tracer: change a literal in a file, and check whether a value of the config changes with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _jsonnet

from spanreg.registry.config.tracing import ValueOrigin
from spanreg.registry.config.tracing.origins import KeyPath
from spanreg.registry.config.tracing.sites import TOKEN


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the path and the value of each scalar and each empty container."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not pairs:
        yield path, value
    for key, item in pairs:
        yield from leaves(item, (*path, key))


def decides(file: str, path: KeyPath, value: Any, origin: ValueOrigin) -> bool:
    """Return whether changing a literal in the line of an origin changes the value at a path to the new literal."""
    text = Path(origin.file).read_text(encoding="utf-8")
    for match in TOKEN.finditer(text):
        if text[: match.start()].count("\n") + 1 != origin.line or match.lastgroup not in ("string", "number", "name"):
            continue
        changed = f"{text[: match.start()]}987654321{text[match.end() :]}"
        if _value_at(file, {os.path.realpath(origin.file): changed}, path, value) == 987654321:
            return True
    return False


def _value_at(file: str, edited: dict[str, str], path: KeyPath, otherwise: Any) -> Any:
    """Return the value at a path of a config with edited files, or the old value if it cannot be evaluated."""

    def read(folder: str, imported: str) -> tuple[str, bytes]:
        name = os.path.join(folder, imported)
        content = edited.get(os.path.realpath(name))
        return name, (Path(name).read_text(encoding="utf-8") if content is None else content).encode()

    text = read("", file)[1].decode()
    try:
        found = json.loads(_jsonnet.evaluate_snippet(file, text, import_callback=read))
        for key in path:
            found = found[key]
    except (RuntimeError, KeyError, IndexError, TypeError):
        return otherwise
    return found
