"""The messages of the troubleshooting page are those of the commands."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from docs.generator.troubleshooting import troubleshooting_page
from registry_tests.cli.error_table import ERRORS, ErrorCase, write_files
from spanreg.cli.main import main

CASES = [case for cases in ERRORS.values() for case in cases]
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the commands name."""
    made = tmp_path_factory.mktemp("errors")
    write_files(made)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command)
def test_message(
    case: ErrorCase, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert main(shlex.split(case.command)) == 2
    said = capsys.readouterr()
    assert doctest.OutputChecker().check_output(f"{case.message}\n", said.out + said.err, SAME), said
    assert sorted(folder.rglob("*")) == before


def test_the_page_has_every_case_once_and_links_that_lead_somewhere() -> None:
    page = troubleshooting_page()
    assert [page.count(f"$ spanreg {case.command}\n") for case in CASES] == [1] * len(CASES)
    assert re.findall(r"^## (.+)$", page, flags=re.MULTILINE) == list(ERRORS)
    folder = Path(__file__).parents[2] / "docs" / "how-to"
    targets = re.findall(r"\]\(([^)#]+)", page)
    assert [target for target in targets if not (folder / target).exists()] == []
