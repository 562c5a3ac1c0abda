"""Published results: tables and charts equal those of their packs, bit for bit."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from spanreg.cli.rendering.report_output import read_report, spell_report, write_charts

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


# Tables and chart in one test, since the statistics behind both take most of its time. The commands on the pages call
# the same functions.
@pytest.mark.parametrize(("page", "pack", "panels"), PUBLISHED_TABLES, ids=[pack for _, pack, _ in PUBLISHED_TABLES])
def test_published_tables_and_chart_equal_those_of_their_pack(
    page: Path, pack: str, panels: str, tmp_path: Path
) -> None:
    names = panels.split(",")
    also = ["selection"] if "selection" in names else []
    report = read_report(RESULTS / pack, ("md", "html"), panels=names, also=also)
    tables = re.findall(r"(?:^\|.*\n)+", spell_report(report, "md"), re.MULTILINE)
    assert len(tables) >= len(names)
    published = page.read_text(encoding="utf-8")
    assert [table for table in tables if table not in published] == []
    # Only the pinned Matplotlib draws the same bits.
    if f"matplotlib=={version('matplotlib')}\n" in (ROOT / "constraints.txt").read_text(encoding="utf-8"):
        write_charts(report, tmp_path, ["svg"])
        drawn = (tmp_path / "results-forest.svg").read_text(encoding="utf-8")
        assert drawn == (RESULTS / pack).with_suffix(".svg").read_text(encoding="utf-8")


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
