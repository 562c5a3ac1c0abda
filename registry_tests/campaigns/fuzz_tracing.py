"""Origins of all values of the shipped configs: a change of the traced line must change the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_tests.registry.config.tracing.editing import decides, leaves
from spanreg.registry.config.files import read_config
from spanreg.registry.config.tracing import trace_config

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize("file", [str(path) for path in sorted(CONFIGS.rglob("*.jsonnet"))])
def test_every_traced_line_decides_its_value(file: str) -> None:
    values = read_config(file).values
    origins = trace_config(file).of(values)
    traced = [
        (path, value, origins[path])
        for path, value in leaves(values)
        # An empty object or list has no literal inside that could be changed.
        if origins[path].kind == "literal" and value not in ({}, [])
    ]
    assert len(traced) >= 7
    wrong = [(path, str(origin)) for path, value, origin in traced if not decides(file, path, value, origin)]
    assert wrong == []
