"""The values of the shipped configs, evaluated together: each call of Jsonnet parses its standard library again."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import _jsonnet

CONFIGS = Path(__file__).parents[1] / "configs"
SHIPPED_CONFIGS = sorted(CONFIGS.rglob("*.jsonnet"))


def shipped_config(path: Path) -> dict[str, Any]:
    """Return the value of a shipped config or study; changes to it stay with the caller."""
    return copy.deepcopy(_all_values()[path.relative_to(CONFIGS).as_posix()])


@cache
def _all_values() -> dict[str, dict[str, Any]]:
    names = (path.relative_to(CONFIGS).as_posix() for path in SHIPPED_CONFIGS)
    imports = ", ".join(f"'{name}': import '{name}'" for name in names)
    text = _jsonnet.evaluate_snippet(f"{CONFIGS}/all.jsonnet", f"{{{imports}}}")
    values: dict[str, dict[str, Any]] = json.loads(text)
    return values
