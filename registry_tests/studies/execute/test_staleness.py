"""What has changed since a study's runs were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.progress import FINISHED, WAITING, RunState
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest, record_of
from spanreg.studies.execute.staleness import as_of_now, staleness

Make = Callable[..., StudyPlan]


@pytest.fixture
def record(make_plan: Make) -> StudyRecord:
    return record_of(make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1, 2]), StudyRequest("s"), None)


def states(record: StudyRecord) -> list[RunState]:
    """Those of the first seed are finished."""
    return [RunState(run, FINISHED if run.seed == 1 else WAITING) for run in record.runs]


def test_nothing_has_changed(record: StudyRecord) -> None:
    assert as_of_now(record) == record
    found = staleness(record, states(record))
    assert (found.changes, found.stale) == ([], [])


def test_changed_data(record: StudyRecord, base: dict[str, Any]) -> None:
    corpus = Path(base["dictionary"]["corpus"])
    corpus.write_text("another text\n", encoding="utf-8")
    found = staleness(record, states(record))
    assert found.changes == [f"{arm}: the content of {corpus} has changed" for arm in ("base", "plain")]
    assert [run.name for run in found.stale] == ["base, seed 1", "plain, seed 1"]


def test_changed_code(record: StudyRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.studies.execute.staleness.code_hash", lambda included: "another")
    found = staleness(record, states(record))
    assert found.changes == ["the code has changed"]
    assert len(found.stale) == 2


def test_a_study_file_that_asks_for_something_else(record: StudyRecord, make_plan: Make) -> None:
    now = record_of(make_plan(arms={"new": {"aggregator": "none"}}, seeds=[1]), StudyRequest("s"), record)
    found = staleness(record, states(record), now)
    assert found.changes == ["plain: the study has no such arm now"]
    assert found.stale == [], "the new arm has the config of the old one"


def test_data_that_are_gone(record: StudyRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    arm = replace(record.arms[0], config={**record.arms[0].config, "data": {"type": "glue", "task": "rte"}})
    monkeypatch.setenv("SPANREG_GLUE_DIR", "/nowhere")
    before = replace(record, arms=[arm, *record.arms[1:]])
    found = staleness(before, states(before))
    assert len(found.changes) == 1
    assert found.changes[0].startswith("data.")
    assert found.stale == []
