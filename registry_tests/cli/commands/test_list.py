"""``spanreg list``: the components of all families, with the places of their classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.registry import Registrable


def test_the_components_of_all_families_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    header, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert header == ["family", "name", "what it is", "where"]
    assert list(dict.fromkeys(row[0] for row in rows)) == list(FAMILIES)
    cells = {(row[0], row[1]): row[2:] for row in rows}
    summary, where = cells["segmenter", "single"]
    assert summary
    module, _, line = where.partition(":")
    file = Path(__file__).parents[3] / (module.replace(".", "/") + ".py")
    assert file.read_text().splitlines()[int(line) - 1] == "class SingleWordSegmenter(PlainSegmenter):"


def test_components_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "aggregator", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"hierarchical_cnn", "none"} <= {row["name"] for row in rows}
    assert all(set(row) == {"family", "name", "summary", "where", "class"} for row in rows)
    assert all(row["summary"] and row["family"] == "aggregator" for row in rows)


def test_an_unknown_family_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "agregator"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(
        "there is no family 'agregator'. did you mean 'aggregator'? "
        "families: data, encoder, words, scorer, dictionary, segmenter, fusion, head and "
    )


def test_included_components_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine_to_list.py").write_text(
        "from spanreg.registry import load, stand_in\n"
        "Fusion = load(stand_in('spanreg.fusions.base', 'Fusion'))\n"
        "@Fusion.register('mine_listed')\n"
        'class Mine(Fusion):\n    """Mean of both vectors."""\n'
    )
    assert main(["list", "fusion", "--include-package", "mine_to_list"]) == 0
    assert "fusion\tmine_listed\tMean of both vectors.\tmine_to_list:" in capsys.readouterr().out


def test_every_family_is_registrable_and_has_components() -> None:
    for key in FAMILIES:
        assert issubclass(family(key), Registrable)
        assert family(key).list_available(), key
