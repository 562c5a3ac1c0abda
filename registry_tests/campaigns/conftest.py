"""Show what each campaign recorded with ``record_property``, whichever process ran it."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write a line for each campaign."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for _, figures in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid.rpartition('/')[2]}: {figures}, {report.duration:.0f} s")
