"""Progress bars: shown in notebooks and on terminals, without those of other libraries."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import datasets
import pytest
from transformers.utils import logging as transformers_logging

from spanreg.api.progress import StudyBar, in_notebook, progress_bar, quiet_bars, wants_progress


def test_bars_are_shown_in_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    assert not wants_progress(None), "standard error of the tests is not a terminal"
    assert wants_progress(True)
    # The class of IPython's shell in the kernel of a notebook.
    shell = type("ZMQInteractiveShell", (), {})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=shell))  # type: ignore[misc]
    assert in_notebook()
    assert wants_progress(None)
    assert not wants_progress(False)


def test_no_bars_without_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert not wants_progress(None)


def test_a_bar_is_written_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress_bar(2, "work")
    bar.update(2)
    bar.close()
    assert "work: 100%" in capsys.readouterr().err
    StudyBar().close()


def test_bars_of_other_libraries_are_hidden_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    # conftest.py sets the environment variable of this name, which would override all calls below.
    monkeypatch.setattr(sys.modules["datasets.utils.tqdm"], "HF_DATASETS_DISABLE_PROGRESS_BARS", None)
    datasets_hidden = datasets.are_progress_bars_disabled()
    transformers_shown = transformers_logging.is_progress_bar_enabled()
    datasets.enable_progress_bars()
    transformers_logging.enable_progress_bar()
    with quiet_bars():
        assert datasets.are_progress_bars_disabled()
        assert not transformers_logging.is_progress_bar_enabled()
    assert not datasets.are_progress_bars_disabled()
    assert transformers_logging.is_progress_bar_enabled()
    if datasets_hidden:
        datasets.disable_progress_bars()
    if not transformers_shown:
        transformers_logging.disable_progress_bar()
