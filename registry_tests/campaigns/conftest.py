"""Show what each campaign recorded with ``record_property`` or logged, whichever process ran it."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the lines of each campaign."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            logged = [line for line in report.caplog.splitlines() if " registry_tests.campaigns." in line]
            figures = [*(str(value) for _, value in report.user_properties), *logged]
            for line in figures:
                terminalreporter.write_line(f"{report.nodeid.rpartition('/')[2]}: {line}, {report.duration:.0f} s")
