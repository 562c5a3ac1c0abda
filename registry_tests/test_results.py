"""Published results: tables and charts equal those of their packs, bit for bit."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from spanreg.cli.main import main

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
TABLES_MARK = re.compile(r"^<!-- tables: (\S+) (\S+) -->$", re.MULTILINE)
PUBLISHED_TABLES = [
    (page, pack, panels)
    for page in sorted(RESULTS.glob("*.md"))
    for pack, panels in TABLES_MARK.findall(page.read_text(encoding="utf-8"))
]
"Page, pack and panels of each ``<!-- tables: PACK PANELS -->``."
PACKS = sorted(RESULTS.rglob("*.zip"))


@pytest.mark.parametrize(("page", "pack", "panels"), PUBLISHED_TABLES, ids=[pack for _, pack, _ in PUBLISHED_TABLES])
def test_published_tables_equal_those_of_their_pack(page: Path, pack: str, panels: str, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    selection = ["--selection"] if "selection" in panels.split(",") else []
    assert main(["report", str(RESULTS / pack), *selection, "--panels", panels, "-o", str(report)]) == 0
    tables = re.findall(r"(?:^\|.*\n)+", report.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(tables) >= len(panels.split(","))
    published = page.read_text(encoding="utf-8")
    assert [table for table in tables if table not in published] == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.stem)
def test_published_charts_equal_those_of_their_pack(pack: Path, tmp_path: Path) -> None:
    published = pack.with_suffix(".svg").read_text(encoding="utf-8")
    figures = ["--figures", str(tmp_path), "--format", "svg", "--panels", "results"]
    assert main(["report", str(pack), *figures]) == 0
    drawn = (tmp_path / "results-forest.svg").read_text(encoding="utf-8")
    if f"matplotlib=={version('matplotlib')}\n" not in (ROOT / "constraints.txt").read_text(encoding="utf-8"):
        pytest.skip("only the pinned Matplotlib draws the same bits")
    assert drawn == published


def test_every_pack_has_a_page() -> None:
    listed = {pack for _, pack, _ in PUBLISHED_TABLES}
    assert listed
    assert listed == {path.relative_to(RESULTS).as_posix() for path in PACKS}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.stem)
def test_packs_have_no_weights_and_no_texts(pack: Path) -> None:
    archive = ZipFile(pack)
    names = archive.namelist()
    assert not [name for name in names if Path(name).suffix in (".safetensors", ".bin", ".pt") or "texts" in name]
    rows = (json.loads(row) for name in names if name.endswith(".jsonl") for row in archive.read(name).splitlines())
    assert {key for row in rows for key in row} <= {"idx", "label", "prediction", "logits"}
