"""Output of commands: tables, metrics, JSON and log records, on a terminal and in a pipe."""

from __future__ import annotations

import json
import logging

import pytest

from spanreg.cli.rendering.metrics import print_metrics
from spanreg.cli.rendering.output import print_json, print_table, start_logging


def test_a_table_in_a_pipe_is_tab_separated(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["split", "f1"], [["validation", 0.5], ["test", None]])
    assert capsys.readouterr().out == "split\tf1\nvalidation\t0.5000\ntest\t\n"


def test_a_row_in_a_pipe_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["arm", "changes"], [["a", "x: 1 -> 2\ny: dropped\there"]])
    assert capsys.readouterr().out == "arm\tchanges\na\tx: 1 -> 2; y: dropped here\n"


def test_a_table_on_a_terminal_is_drawn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table(["split", "f1"], [["validation", 0.5]])
    text = capsys.readouterr().out
    assert "validation" in text
    assert "\t" not in text


@pytest.mark.parametrize("is_terminal", [False, True])
def test_texts_of_a_table_are_shown_literally(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    print_table(["[i]head\x9b"], [["write [text]\x1b[2J"]], title="a[/x]\x07")
    text = capsys.readouterr().out
    assert "[i]head\ufffd" in text
    assert "write [text]␛[2J" in text
    assert ("a[/x]␇" in text) == is_terminal
    # On a terminal, rich writes sequences of its own.
    assert "\x1b[2J" not in text
    assert not set(text) & set("\x07\x9b")


def test_splits_may_have_different_figures(capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics({"validation": {"f1": 0.25, "loss": 1.0}, "test": {}})
    assert capsys.readouterr().out == "split\tf1\tloss\nvalidation\t0.2500\t1.0000\ntest\t\t\n"


def test_json_in_a_pipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"ä": [1, 2]})
    text = capsys.readouterr().out
    assert json.loads(text) == {"ä": [1, 2]}
    assert text.count("\n") == 1


def test_json_has_control_characters_and_lone_surrogates_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a\x9b": "\x1b[2J \x7f \x80 é \ud800"}
    print_json(value)
    text = capsys.readouterr().out
    assert text == '{"a\\u009b": "\\u001b[2J \\u007f \\u0080 é \\ud800"}\n'
    assert json.loads(text) == value


def test_a_warning_is_shown_once_for_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    package = logging.getLogger("spanreg.somewhere")
    for _ in range(2):
        start_logging(0)
        for number in (1, 1, 2, 1):
            package.warning("%d examples", number)
            package.info("step")
        shown = capsys.readouterr().err.splitlines()
        assert shown.count("step") == 4
        assert [line for line in shown if line != "step"] == ["1 examples", "2 examples"]


@pytest.mark.parametrize(
    ("verbosity", "expected"),
    [(-1, ["w"]), (0, ["i", "w"]), (1, ["d", "i", "w"]), (2, ["d", "i", "w", "other"])],
)
def test_log_records_go_to_stderr_by_verbosity(
    verbosity: int, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(verbosity)
    package = logging.getLogger("spanreg.somewhere")
    package.debug("d")
    package.info("i")
    package.warning("w")
    logging.getLogger("other").info("other")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.rpartition(": ")[2] for line in captured.err.splitlines()] == expected
