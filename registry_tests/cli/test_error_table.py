"""Troubleshooting page: its messages equal the output of the commands, and it has every case."""

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
ELLIPSIS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the commands name."""
    path = tmp_path_factory.mktemp("errors")
    write_files(path)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command)
def test_the_command_prints_the_message_of_the_table(
    case: ErrorCase, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert main(shlex.split(case.command)) == 2
    output = capsys.readouterr()
    # doctest's comparison, because it lets "..." stand for any text.
    assert doctest.OutputChecker().check_output(f"{case.message}\n", output.out + output.err, ELLIPSIS), output
    assert sorted(folder.rglob("*")) == before


def test_the_page_has_every_case_once_under_its_topic() -> None:
    page = troubleshooting_page()
    assert [page.count(f"$ spanreg {case.command}\n") for case in CASES] == [1] * len(CASES)
    assert re.findall(r"^## (.+)$", page, flags=re.MULTILINE) == list(ERRORS)


def test_the_links_of_the_page_lead_to_existing_pages() -> None:
    folder = Path(__file__).parents[2] / "docs" / "how-to"
    targets = re.findall(r"\]\(([^)#]+)", troubleshooting_page())
    # The page of messages is generated, too, so that there is no file.
    missing = [target for target in targets if not (folder / target).exists() and not target.endswith(MESSAGES_PAGE)]
    assert missing == []


def test_the_page_of_messages_has_every_row_of_the_tables() -> None:
    page = messages_page()
    tables = list((Path(__file__).parent / "bad_input").glob("*.txt"))
    assert tables
    for table in tables:
        assert table.read_text(encoding="utf-8").strip() in page
