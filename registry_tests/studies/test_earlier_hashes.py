"""Studies of versions that hashed the bytes of dictionaries: their runs, searches and registrations stay valid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.dictionaries.tables.artefact import dictionary_table, write_dictionary
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import REGISTRATION, StudyReader
from spanreg.studies.execute.progress import run_states
from spanreg.studies.execute.registration import register, registration_status
from spanreg.studies.execute.run import StudyRequest, record_of, run_study
from spanreg.studies.execute.staleness import staleness
from spanreg.studies.search.found_arms import with_found_arms
from spanreg.studies.search.search import search_setting

SEARCH = {"space": {"training.learning_rate": {"low": 1e-4, "high": 1e-2}}, "trials": 1}


@pytest.fixture
def plan(make_plan: Callable[..., StudyPlan], base: dict[str, Any], tmp_path: Path) -> StudyPlan:
    """Return the plan of a study with a search, whose base names a sampled dictionary."""
    table = dictionary_table(["red fox"], np.array([2], np.int32), np.array([9]), lowercase=True, origin={})
    write_dictionary(table, tmp_path / "d.parquet")
    base["dictionary"] = {"type": "file", "path": str(tmp_path / "d.parquet")}
    return make_plan(search=SEARCH, seeds=[1])


def test_a_study_of_an_earlier_version_has_nothing_to_repeat(
    plan: StudyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, request = StudyReader(tmp_path / "study"), StudyRequest("s")
    folder.path.mkdir()
    with monkeypatch.context() as earlier:
        earlier.setattr("spanreg.studies.define.inputs._fingerprint", lambda file: "")
        planned = record_of(plan, request, None)
        register(plan, planned, folder.path / REGISTRATION)
    first = run_study(plan, folder.path, InProcessExecutor(), request)
    assert first.record.runs == planned.runs, "the registered plan decides where there are no runs yet"
    search_setting(plan, folder.path, InProcessExecutor(), request)
    whole = with_found_arms(plan, folder.path)
    assert [arm.name for arm in whole.arms] == ["base", "found"]
    outcome = run_study(whole, folder.path, InProcessExecutor(), request)
    assert (outcome.made, outcome.there, outcome.failed) == (1, 1, [])
    idle = InProcessExecutor()
    search_setting(plan, folder.path, idle, request)
    assert idle.calls == 0
    states = run_states(folder, outcome.record)
    assert staleness(outcome.record, states, folder=folder.path).changes == []
    assert registration_status(folder, outcome.record, states).kind == "confirmatory"
    assert record_of(plan, request, None).runs != planned.runs, "a new study has the new hashes"
