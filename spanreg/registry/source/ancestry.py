"""Decide from source text whether a class descends from another, without importing or evaluating anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

MOST_BYTES = 4_000_000
"Largest source file that is read, in bytes."
MOST_STEPS = 64
"Most steps from a class to an ancestor, re-exports included."

Definition = ast.ClassDef | tuple[str, str]
"A class, or the module and the name that it is imported from."


def descends(name: str, family: Any) -> bool:
    """Return whether a class is proven to descend from another.

    Args:
        name: ``package.module.Name`` of a class at the top level of its module.
        family: the ancestor, its stand-in, or an opaque name of it.
    """
    module, _, cls = name.rpartition(".")
    return _descends(module, cls, (family.__module__.split(".")[0], family.__name__), MOST_STEPS)


def _descends(module: str, name: str, sought: tuple[str, str], steps: int) -> bool:
    # Packages re-export their classes, so the module that names one need not be the one that defines it.
    if (module.split(".")[0], name) == sought:
        return True
    # The number of steps ends cycles of imports, which are legal.
    found = _definitions(module).get(name) if steps else None
    if isinstance(found, tuple):
        return _descends(*found, sought, steps - 1)
    bases = [] if found is None else [_where(module, ast.unparse(base)) for base in found.bases]
    return any(_descends(*base, sought, steps - 1) for base in bases)


def _where(module: str, expression: str) -> tuple[str, str]:
    """Return the module and name of a base class from the expression in its subclass."""
    head, _, rest = expression.partition("[")[0].partition(".")
    if not rest:
        return module, head
    found = _definitions(module).get(head)
    owner = ".".join(filter(None, found)) if isinstance(found, tuple) else head
    inner, _, name = f"{owner}.{rest}".rpartition(".")
    return inner, name


@cache
def _definitions(module: str) -> dict[str, Definition]:
    """Return the classes and imports at the top level of a module, those inside ``if`` and ``try`` included."""
    file = _file_of(module)
    try:
        if file is None or file.stat().st_size > MOST_BYTES:
            return {}
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    is_package = file.name == "__init__.py"
    return dict(_found(tree.body, module if is_package else module.rpartition(".")[0]))


def _found(body: list[ast.stmt], package: str) -> Iterator[tuple[str, Definition]]:
    """Yield the classes and imports of some statements with their names.

    Args:
        body: the statements.
        package: package that relative imports start from.
    """
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node.name, node
        # Which branch runs is unknown, so the last definition of a name counts. A wrong one does no harm: the class is
        # checked after its import.
        elif isinstance(node, ast.If | ast.Try):
            yield from _found([*node.body, *node.orelse], package)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield alias.asname or top, (alias.name if alias.asname else top, "")
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            outer = parts[: len(parts) - node.level + 1] if node.level else []
            source = ".".join([*outer, *filter(None, [node.module])])
            yield from ((alias.asname or alias.name, (source, alias.name)) for alias in node.names)


def _file_of(module: str) -> Path | None:
    """Return the source file of a module, without importing its package as ``find_spec`` does."""
    folders: list[str] | None = None
    name = ""
    spec = None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, folders)
        if spec is None:
            return None
        folders = list(spec.submodule_search_locations or ())
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None
