"""The messages of the troubleshooting page are those of the commands."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from docs.generator.troubleshooting import MESSAGES_PAGE, messages_page, troubleshooting_page
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
    assert [one for one in targets if not (folder / one).exists() and not one.endswith(MESSAGES_PAGE)] == []


def test_the_page_of_messages_has_every_row_of_the_tables() -> None:
    page = messages_page()
    tables = list((Path(__file__).parent / "bad_input").glob("*.txt"))
    assert tables
    for table in tables:
        assert table.read_text(encoding="utf-8").strip() in page
