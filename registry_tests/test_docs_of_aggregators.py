"""The page on aggregators and fusions agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanreg.aggregators import Aggregator
from spanreg.fusions import Fusion
from spanreg.registry import Params

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "aggregators.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """Return the cells of the first table below a heading, by name."""
    table = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = (re.split(r" ?\| ?", line.strip("|")) for line in table.splitlines() if line.startswith("| `"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_every_aggregator_has_its_width_and_weights() -> None:
    found = rows("## The aggregators")
    for name in Aggregator.list_available():
        aggregator = Aggregator.from_params({"type": name}, dim=768, layers=2)
        weights = sum(weight.numel() for weight in aggregator.parameters())
        assert found.pop(name)[:2] == [str(aggregator.channels), f"{weights:,}"], name
    assert not found


def test_every_aggregator_has_its_formula() -> None:
    assert {*rows("### Formulas"), "none"} == {*Aggregator.list_available()}


def test_every_fusion_has_its_width() -> None:
    found = rows("## The fusions")
    # Primes, so that no other sum of widths is equal by chance.
    widths = {"dim": 7, "channels": 11, "width of u": 13}
    assert {*found} == {*Fusion.list_available()}
    for name, (_, width) in found.items():
        fusion = Fusion.from_params(name, dim=7, channels=11, span_channels=13)
        assert fusion.out_dim == sum(widths[part] for part in width.split(" + ")), name


@pytest.mark.parametrize("name", Aggregator.list_available())
def test_every_aggregator_has_a_config(name: str) -> None:
    config = Params.from_file(ROOT / "configs" / "aggregators" / f"{name}.jsonnet")
    assert config["aggregator"]["type"] == name
