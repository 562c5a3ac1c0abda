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


def table_rows(heading: str) -> dict[str, list[str]]:
    """Return the cells of the first table below a heading, by name."""
    table = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = (re.split(r" ?\| ?", line.strip("|")) for line in table.splitlines() if line.startswith("| `"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_the_table_has_width_and_weights_of_every_aggregator() -> None:
    documented = table_rows("## The aggregators")
    for name in Aggregator.list_available():
        aggregator = Aggregator.from_params({"type": name}, dim=768, layers=2)
        weights = sum(weight.numel() for weight in aggregator.parameters())
        assert documented.pop(name)[:2] == [str(aggregator.channels), f"{weights:,}"], name
    assert not documented


def test_the_table_has_a_formula_of_every_aggregator() -> None:
    assert {*table_rows("### Formulas"), "none"} == {*Aggregator.list_available()}


def test_the_table_has_the_width_of_every_fusion() -> None:
    documented = table_rows("## The fusions")
    # Primes, so that different sums of widths cannot be equal.
    widths = {"dim": 7, "channels": 11, "width of u": 13}
    assert {*documented} == {*Fusion.list_available()}
    for name, (_, width) in documented.items():
        fusion = Fusion.from_params(name, dim=7, channels=11, span_channels=13)
        assert fusion.out_dim == sum(widths[part] for part in width.split(" + ")), name


@pytest.mark.parametrize("name", Aggregator.list_available())
def test_every_aggregator_has_a_shipped_config(name: str) -> None:
    config = Params.from_file(ROOT / "configs" / "aggregators" / f"{name}.jsonnet")
    assert config["aggregator"]["type"] == name
