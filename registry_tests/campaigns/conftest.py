"""Print the figures that campaigns record with ``record_property`` or log, also in workers of xdist."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of each campaign."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            logged = [line for line in report.caplog.splitlines() if " registry_tests.campaigns." in line]
            figures = [*(str(value) for _, value in report.user_properties), *logged]
            for line in figures:
                terminalreporter.write_line(f"{report.nodeid.rpartition('/')[2]}: {line}, {report.duration:.0f} s")
