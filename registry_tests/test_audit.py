"""Summary of ``make audit``: vulnerable packages, and services that cannot be reached."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parent / "campaigns" / "audit.py"
UNKNOWN_PACKAGE = {
    "name": "numpy",
    "skip_reason": "Dependency not found on PyPI and could not be audited: numpy (2.5.0)",
}
SAFE_PACKAGE = {"name": "numpy", "version": "2.5.0", "vulns": []}
VULNERABLE_PACKAGE = {"name": "rich", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """Return the script as a module; it is loaded by path, as ``make audit`` runs it."""
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("osv", ["Failed to resolve the host", [UNKNOWN_PACKAGE]])
def test_an_unreachable_service_is_reported(audit: ModuleType, osv: Any) -> None:
    lines = audit.packages_lines({"pypi": [UNKNOWN_PACKAGE], "osv": osv})
    assert lines[0] == "pip-audit, pypi: knows 0 of 1 pinned packages"
    assert lines[-1].startswith("pip-audit: NOT AUDITED. No service could be asked from here")


def test_vulnerabilities_are_listed(audit: ModuleType) -> None:
    assert audit.packages_lines({"pypi": [SAFE_PACKAGE, VULNERABLE_PACKAGE]}) == [
        "pip-audit, pypi: knows 2 of 2 pinned packages",
        "  rich 1.0: PYSEC-1, PYSEC-2",
    ]
    assert audit.vulnerable([SAFE_PACKAGE, VULNERABLE_PACKAGE]) == [VULNERABLE_PACKAGE]
    assert audit.vulnerable("no answer") == []
