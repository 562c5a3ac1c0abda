"""Sample of the file campaign of ``make fuzz``: readers name the damaged file or return the right answer."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from registry_tests.campaigns.damaged_folders import SUBJECTS, DamageSubject, DictionaryFile
from registry_tests.campaigns.fuzz_files import CONTENTS, DamageAmounts, FileDamage, campaign, faults_of

SLOW_SUBJECTS = ("CacheFolder", "StoppedRun", "StoppedStudyRun")
"Subjects that take a tenth of a second to read after each damage."


@pytest.fixture(autouse=True)
def restored_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the cache folder after each test, since the subjects change it."""
    monkeypatch.setenv("SPANREG_CACHE", os.environ["SPANREG_CACHE"])


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_readers_report_a_sample_of_damage(subject: DamageSubject, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    amount = 1 if subject.name in SLOW_SUBJECTS else 3
    found, count = campaign(subject, 3, DamageAmounts(flips=amount, cuts=1, contents=amount, edits=amount))
    assert found == []
    assert count >= amount


def test_the_campaign_reports_a_careless_reader(tmp_path: Path) -> None:
    class CarelessReader(DictionaryFile):
        """Subject whose reader returns the first byte of the file, whatever the rest is."""

        def read(self, folder: Path) -> object:
            return (folder / "dictionary.parquet").read_bytes()[0]

    subject = CarelessReader()
    subject.make(tmp_path / "folder")
    damage = FileDamage("dictionary.parquet", "replaced", CONTENTS["a list"])
    assert list(faults_of(subject, tmp_path / "folder", damage, 80)) == ["another result"]
    damage = FileDamage("dictionary.parquet", "replaced", b"")
    assert list(faults_of(subject, tmp_path / "folder", damage, 80)) == ["IndexError: index out of range"]
