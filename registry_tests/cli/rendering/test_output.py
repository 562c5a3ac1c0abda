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


def test_splits_may_have_different_figures(capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics({"validation": {"f1": 0.25, "loss": 1.0}, "test": {}})
    assert capsys.readouterr().out == "split\tf1\tloss\nvalidation\t0.2500\t1.0000\ntest\t\t\n"


def test_json_in_a_pipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"ä": [1, 2]})
    text = capsys.readouterr().out
    assert json.loads(text) == {"ä": [1, 2]}
    assert text.count("\n") == 1


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
