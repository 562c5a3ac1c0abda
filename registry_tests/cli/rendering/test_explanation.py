"""Explained configs on a terminal."""

from __future__ import annotations

import pytest

from spanreg.cli.rendering.explanation import ExplainedKey, print_explanation
from spanreg.registry.config.tracing import ValueOrigin
from spanreg.registry.handlers.resolution import GIVEN


def test_texts_of_a_config_are_shown_literally(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    key = ExplainedKey(("a\x9b2J", "[i]b"), "write [text]\x7f", GIVEN, ValueOrigin("literal"), "a string", "[/x].")
    print_explanation([key], [])
    text = capsys.readouterr().out
    assert all(shown in text for shown in ("a\ufffd2J", "[i]b", "write [text]␡", "[/x]"))
    assert not set(text) & set("\x9b\x7f")
