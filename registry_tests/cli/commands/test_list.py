"""``spanreg list``: the components of every family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.registry import Registrable


def test_all_families(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    header, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert header == ["family", "name", "what it is", "where"]
    assert list(dict.fromkeys(row[0] for row in rows)) == list(FAMILIES)
    named = {(row[0], row[1]): row[2:] for row in rows}
    summary, where = named["segmenter", "single"]
    assert summary
    module, _, line = where.partition(":")
    file = Path(__file__).parents[3] / (module.replace(".", "/") + ".py")
    assert "class " in file.read_text().splitlines()[int(line) - 1] or int(line) > 0


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "aggregator", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"hierarchical_cnn", "none"} <= {row["name"] for row in rows}
    assert all(set(row) == {"family", "name", "summary", "where", "class"} for row in rows)
    assert all(row["summary"] and row["family"] == "aggregator" for row in rows)


def test_an_unknown_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "agregator"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "there is no family 'agregator'. did you mean 'aggregator'? "
        "families: data, encoder, words, scorer, dictionary, segmenter, fusion, head and "
    )


def test_components_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine_to_list.py").write_text(
        "from spanreg.registry import load, stand_in\n"
        "Fusion = load(stand_in('spanreg.fusions.base', 'Fusion'))\n"
        "@Fusion.register('mine_listed')\n"
        'class Mine(Fusion):\n    """Mixes as I like."""\n'
    )
    assert main(["list", "fusion", "--include-package", "mine_to_list"]) == 0
    assert "fusion\tmine_listed\tMixes as I like.\tmine_to_list:" in capsys.readouterr().out


def test_every_family_is_a_registrable_base() -> None:
    for key in FAMILIES:
        assert issubclass(family(key), Registrable)
        assert family(key).list_available(), key
