"""``spanreg.components`` exports every built-in component, also to type checkers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import spanreg
from spanreg import components
from spanreg.registry.source import index


def type_checked_names() -> dict[str, str]:
    """Return the names that type checkers see, with the modules that define them."""
    tree = ast.parse(Path(str(components.__file__)).read_text(encoding="utf-8"))
    # Below ``if TYPE_CHECKING``, as ``from module import Name as Name``: type checkers ignore imports without ``as``.
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        str(alias.asname): str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_module_exports_every_component() -> None:
    entries = [entry for names in index.entries().values() for entry in names.values()]
    expected = {entry.cls for entry in entries if entry.module.startswith("spanreg.")} | {*index.entries()}
    assert set(dir(components)) == expected
    missing = {name: home for name in expected if (home := components._homes()[name]) != type_checked_names().get(name)}
    lines = "\n".join(sorted(f"    from {home} import {name} as {name}" for name, home in missing.items()))
    assert not missing, f"add these lines below TYPE_CHECKING in spanreg/components.py:\n{lines}"
    assert set(type_checked_names()) == expected


def test_names_resolve_to_the_classes() -> None:
    from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn

    assert components.HierarchicalCnn is HierarchicalCnn
    assert components.HierarchicalCnn.config(kernel_size=3) == {"type": "hierarchical_cnn", "kernel_size": 3}
    assert components.PretrainedEncoder.config(model="bert-base-cased")["type"] == "pretrained"
    assert components.LoraEncoder.config()["type"] == "lora"
    with pytest.raises(AttributeError, match=r"module 'spanreg.components' has no attribute 'HierarchicalCmm'"):
        components.HierarchicalCmm  # noqa: B018


def test_the_lists_of_names_are_closed() -> None:
    """A module ``__getattr__`` would hide misspelt names from type checkers."""
    for module in (components, spanreg):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        assert "__getattr__" not in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_a_light_component_does_not_import_torch() -> None:
    code = "import sys; from spanreg.components import DemoReader; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
