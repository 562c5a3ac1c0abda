"""Detection of changes since the runs of a study were made: data, code and the study file."""

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

MakePlan = Callable[..., StudyPlan]


@pytest.fixture
def record(make_plan: MakePlan) -> StudyRecord:
    """Return the record of a study of two arms under two seeds."""
    return record_of(make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1, 2]), StudyRequest("s"), None)


def states(record: StudyRecord) -> list[RunState]:
    """Return states in which the runs of the first seed are finished and the others wait."""
    return [RunState(run, FINISHED if run.seed == 1 else WAITING) for run in record.runs]


def test_an_unchanged_study_has_no_outdated_runs(record: StudyRecord) -> None:
    assert as_of_now(record) == record
    found = staleness(record, states(record))
    assert (found.changes, found.stale) == ([], [])


def test_changed_data_make_finished_runs_outdated(record: StudyRecord, base: dict[str, Any]) -> None:
    corpus = Path(base["dictionary"]["corpus"])
    corpus.write_text("another text\n", encoding="utf-8")
    found = staleness(record, states(record))
    assert found.changes == [f"{arm}: the content of {corpus} has changed" for arm in ("base", "plain")]
    assert [run.name for run in found.stale] == ["base, seed 1", "plain, seed 1"]


def test_changed_code_makes_finished_runs_outdated(record: StudyRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.studies.execute.staleness.code_hash", lambda included: "another")
    found = staleness(record, states(record))
    assert found.changes == ["the code has changed"]
    assert len(found.stale) == 2


def test_a_renamed_arm_makes_no_run_outdated(record: StudyRecord, make_plan: MakePlan) -> None:
    changed = record_of(make_plan(arms={"new": {"aggregator": "none"}}, seeds=[1]), StudyRequest("s"), record)
    found = staleness(record, states(record), changed)
    assert found.changes == ["plain: the study has no such arm now"]
    assert found.stale == [], "the new arm has the config of the old one"


def test_missing_data_are_reported_and_make_no_run_outdated(
    record: StudyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm = replace(record.arms[0], config={**record.arms[0].config, "data": {"type": "glue", "task": "rte"}})
    monkeypatch.setenv("SPANREG_GLUE_DIR", "/nowhere")
    before = replace(record, arms=[arm, *record.arms[1:]])
    found = staleness(before, states(before))
    assert len(found.changes) == 1
    assert found.changes[0].startswith("data.")
    assert found.stale == []
