"""A seeded sample of ``make fuzz`` over files: each reader names the file, or returns the right answer."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from registry_tests.campaigns.damaged_things import SUBJECTS, Dictionary, Subject
from registry_tests.campaigns.fuzz_files import CONTENTS, Amounts, Damage, campaign, faults_of

SLOW = ("Cache", "StoppedRun", "StoppedRunOfAStudy")
"Subjects whose every damage takes a tenth of a second to read."


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the cache folder after each test: the subjects set others."""
    monkeypatch.setenv("SPANREG_CACHE", os.environ["SPANREG_CACHE"])


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_a_sample_of_the_damages(subject: Subject, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    few = 1 if subject.name in SLOW else 3
    found, count = campaign(subject, 3, Amounts(flips=few, cuts=1, contents=few, edits=few))
    assert found == []
    assert count >= few


def test_the_campaign_sees_a_fault(tmp_path: Path) -> None:
    class Careless(Dictionary):
        def read(self, folder: Path) -> object:
            return (folder / "dictionary.parquet").read_bytes()[0]

    subject = Careless()
    subject.make(tmp_path / "folder")
    damage = Damage("dictionary.parquet", "replaced", CONTENTS["a list"])
    assert list(faults_of(subject, tmp_path / "folder", damage, 80)) == ["another answer"]
    damage = Damage("dictionary.parquet", "replaced", b"")
    assert list(faults_of(subject, tmp_path / "folder", damage, 80)) == ["IndexError: index out of range"]
