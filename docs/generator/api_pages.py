"""Reference of the public Python names: one page for each package, from docstrings by mkdocstrings."""

from __future__ import annotations

import ast
from pathlib import Path

from docs.generator.navigation import ROOT, Navigation

INTERNAL = {"spanreg.storage"}
"Packages whose names are for the other packages of spanreg only."


def public_packages() -> dict[str, list[str]]:
    """Return the public names of each package that declares ``__all__``, without importing one."""
    found = {}
    for path in [ROOT / "spanreg" / "__init__.py", *sorted((ROOT / "spanreg").glob("*/__init__.py"))]:
        package = ".".join(path.parent.relative_to(ROOT).parts)
        names = _declared(path)
        if names and package not in INTERNAL:
            found[package] = names
    return found


def _declared(path: Path) -> list[str]:
    """Return the names in a module's ``__all__``."""
    # From the source: importing all packages would import torch, and the tests of this module should stay fast.
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def undocumented() -> list[str]:
    """Return the public classes and functions that have no docstring, without importing them."""
    return [
        f"{package}.{name}"
        for package, names in public_packages().items()
        for name in names
        if (definition := _definition(package, name)) is not None and not ast.get_docstring(definition)
    ]


def _definition(module: str, name: str) -> ast.ClassDef | ast.FunctionDef | None:
    """Return the class or function of a name, or None for a constant; follows imports from one module to the next."""
    # All nodes, because a package whose names are imported at their first use lists them below ``if TYPE_CHECKING``.
    for node in ast.walk(ast.parse(_source(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and node.module and node.module != module:
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    return _definition(node.module, alias.name)
    return None


def api_pages() -> dict[str, str]:
    """Return the pages by their path in the site."""
    return {f"reference/api/{package}.md": _page(package, names) for package, names in public_packages().items()}


def _page(package: str, names: list[str]) -> str:
    summary = (ast.get_docstring(ast.parse(_source(package).read_text(encoding="utf-8"))) or "").replace("``", "`")
    # A public name may be a module, such as spanreg.components, which mkdocstrings would show with all its members.
    shown = [name for name in names if name != "__version__" and not _source(f"{package}.{name}").exists()]
    return "\n\n".join([f"# {package}", summary, *(f"::: {package}.{name}" for name in shown)]) + "\n"


def _source(module: str) -> Path:
    """Return the file of a module of this project, which need not exist; importing it would take seconds."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def api_navigation() -> Navigation:
    """Return the entries of the reference."""
    return [{package: f"reference/api/{package}.md"} for package in public_packages()]
