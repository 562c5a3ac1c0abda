"""Limits of the command line: settings, wrong settings, and inheritance by child processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from spanreg.cli.main import main
from spanreg.limits import VARIABLE, Limits, allowed_expansion, limited, limits
from spanreg.registry import ConfigurationError


def test_settings_apply_only_within_the_block() -> None:
    with limited(["line=2K", "evaluation_seconds=0.5"]):
        assert (limits().line, limits().evaluation.seconds) == (2048, 0.5)
        with limited(["line=1.5M"]):
            assert (limits().line, limits().evaluation.seconds) == (3 << 19, 0.5)
        assert limits().line == 2048
    assert limits() == Limits()
    assert VARIABLE not in os.environ


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lines=1", "--limit: there is no limit 'lines'. did you mean 'line'?"),
        ("line=0.5", "--limit: 'line=0.5' does not set line. give at least 1"),
        ("line", "--limit: 'line' does not set line. give a positive number, which may end in K, M or G"),
        ("line=-1", "--limit: 'line=-1' does not set line."),
        ("line=0", "--limit: 'line=0' does not set line."),
        ("line=1e9", "--limit: 'line=1e9' does not set line."),
    ],
)
def test_wrong_settings_are_rejected(setting: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--limit", setting]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_child_processes_inherit_the_limits() -> None:
    with limited(["line=2K"]):
        script = "from spanreg.limits import limits; assert limits().line == 2048"
        subprocess.run([sys.executable, "-c", script], check=True)


def test_a_config_may_lower_a_limit_but_not_raise_it() -> None:
    assert allowed_expansion(None) == 250
    assert allowed_expansion(100) == 100
    with pytest.raises(ConfigurationError) as caught:
        allowed_expansion(1000)
    assert str(caught.value) == (
        "max_expansion: is 1000, but the command line allows 250. lower it, or allow it on the command line: "
        "--limit expansion=1000"
    )
    with limited(["expansion=1000"]):
        assert allowed_expansion(1000) == 1000
