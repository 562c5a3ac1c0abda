"""The study benchmark: the overhead of a study, with runs that only write their files."""

from __future__ import annotations

import json

import pytest

from spanreg.benchmarks import study
from spanreg.cli.main import main


@pytest.mark.usefixtures("warm_processes")
def test_the_command_reports_overhead_and_preparations(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    # Runs that only write their files have no logs; registry_tests/studies/test_once.py tests the count by real ones.
    monkeypatch.setattr(study, "preparations", lambda folder, record: {"dictionary": (3, 2)})
    monkeypatch.setattr(study, "_BARE", "import json, sys; assert len(json.load(sys.stdin)) == 6")
    monkeypatch.setattr(study, "FINISHED", 10)
    assert main(["bench", "study", "--repeats", "1", "--json"]) == 0
    results = {result["name"]: result for result in json.loads(capsys.readouterr().out)["results"]}
    assert list(results) == [
        "times that a distinct dictionary was made",
        "bare training, a run",
        "study, overhead a run",
        "two jobs against one",
        "study of 10 finished runs, run again",
        "study of 10 finished runs, run again: processor time",
    ]
    preparations = results["times that a distinct dictionary was made"]
    # 3 dictionaries were made for 2 distinct ones, where the goal is that none is made twice.
    assert (preparations["value"], preparations["met"], preparations["note"]) == (1.5, False, "3 of 2")
    assert all(results[name]["value"] > 0 for name in list(results)[3:])
