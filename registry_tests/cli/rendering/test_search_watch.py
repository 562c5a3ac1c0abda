"""Trials of a running search: a table on a terminal, otherwise a line per trial."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from rich.console import Console

from spanreg.cli.rendering import output
from spanreg.cli.rendering.search_watch import trials_table, watching_trials
from spanreg.studies.execute.progress import RunProgress, write_progress
from spanreg.studies.search.trials import SearchTrial

FIRST = SearchTrial(0, "finished", 0.5, {"encoder.dim": 8, "training.learning_rate": 0.00012345}, "trial-0000")
SECOND = SearchTrial(1, "running", None, {"encoder.dim": 16, "training.learning_rate": 1e-5}, "trial-0001")


def make_console(*, terminal: bool) -> Console:
    """Return a console that writes into memory."""
    return Console(file=io.StringIO(), force_terminal=terminal, width=120)


def test_each_trial_that_ends_has_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "error_console", lambda: make_console(terminal=False))
    failed = SearchTrial(1, "failed", None, {"encoder.dim": 16}, "trial-0001", "the loss is not finite")
    with caplog.at_level(logging.INFO, "spanreg"), watching_trials(4) as show:
        show(tmp_path, [FIRST])
        assert not caplog.messages, "an earlier search of the folder made this trial"
        show(tmp_path, [FIRST, SECOND])
        show(tmp_path, [FIRST, failed])
        show(tmp_path, [FIRST, failed])
        show(tmp_path, [FIRST, failed, SearchTrial(2, "pruned", 0.25, {"encoder.dim": 8})])
    assert caplog.messages == [
        "trial 1 failed (encoder.dim=16): the loss is not finite; 2 of 4",
        "trial 2 pruned, 0.25 (encoder.dim=8); 3 of 4",
    ]


def test_the_table_has_the_steps_of_running_trials(tmp_path: Path) -> None:
    (tmp_path / "trial-0001").mkdir()
    write_progress(tmp_path / "trial-0001", RunProgress(3, 40))
    console = make_console(terminal=False)
    console.print(trials_table([FIRST, SECOND], tmp_path, 4))
    lines = [line.split() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert lines[0] == ["search:", "1", "of", "4", "trials"]
    cells = [[cell for cell in line if cell not in "│┃"] for line in lines]
    assert ["0", "8", "0.0001234", "0.5", "finished"] in cells
    assert ["1", "16", "1e-05", "running", "3/40"] in cells


def test_texts_of_the_table_are_shown_literally(tmp_path: Path) -> None:
    trial = SearchTrial(0, "failed", None, {"[i]key\x9b": "write [text]"}, "trial-0000", "a[/x]\x1b[2J")
    console = make_console(terminal=False)
    console.print(trials_table([trial], tmp_path, 1))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(shown in text for shown in ("[i]key\ufffd", "write [text]", "a[/x]␛[2J"))
    assert not set(text) & set("\x1b\x9b")


def test_on_a_terminal_the_table_replaces_the_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = make_console(terminal=True)
    monkeypatch.setattr(output, "error_console", lambda: console)
    with caplog.at_level(logging.INFO, "spanreg"), watching_trials(1) as show:
        show(tmp_path, [])
        show(tmp_path, [FIRST])
    assert not caplog.messages
    assert "search: 1 of 1 trials" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_quiet_search_shows_neither_table_nor_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = make_console(terminal=True)
    monkeypatch.setattr(output, "error_console", lambda: console)
    with caplog.at_level(logging.WARNING, "spanreg"), watching_trials(1) as show:
        show(tmp_path, [])
        show(tmp_path, [FIRST])
    assert not caplog.messages
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]
