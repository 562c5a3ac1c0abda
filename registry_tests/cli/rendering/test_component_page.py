"""``docs/reference/components.md``: it equals the output of the command, and has every component with its cost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanreg.benchmarks.component_costs import component_costs
from spanreg.cli.commands.list import components_page
from spanreg.cli.main import main
from spanreg.cli.rendering.families import FAMILIES, family

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "components.md"
REGENERATE = "generate it: spanreg list --markdown --cost > docs/reference/components.md"


def test_the_page_is_up_to_date() -> None:
    # Other tests of this process may have registered components of their own.
    expected = [
        line
        for line in components_page(list(FAMILIES), with_cost=True).splitlines()
        if "](../../registry_tests/" not in line
    ]
    written = PAGE.read_text(encoding="utf-8").splitlines()
    missing = [line for line in expected if line and line not in written]
    assert not missing, f"docs/reference/components.md lacks {missing[0][:100]!r}. {REGENERATE}"
    assert "\n".join(written).rstrip() == "\n".join(expected).rstrip(), REGENERATE


def test_the_page_has_every_component() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for key in FAMILIES:
        section = text.partition(f"\n## {key}\n")[2].partition("\n## ")[0]
        names = re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)
        available = family(key).describe_available()
        assert names == [component.name for component in available if component.module.startswith("spanreg.")], key


def test_costs_are_parameters_and_multiply_adds() -> None:
    costs = component_costs()
    # 2 kernels of width 3: 768 * 256 * 3 + 256 and 256 * 256 * 3 + 256.
    assert costs["aggregator", "hierarchical_cnn"][:2] == ("256", "786,944")
    # 16 sequences times 128 tokens and 64 spans; a convolution looks at 3 places.
    multiply_adds = 16 * 3 * (128 * 768 * 256 + 64 * 256 * 256)
    assert costs["aggregator", "hierarchical_cnn"][2] == f"{multiply_adds / 1e6:,.1f} M"
    assert costs["aggregator", "none"] == ("0", "0", "0")
    assert costs["aggregator", "span_lstm"][2] == "not counted"
    assert costs["head", "classification"] == ("labels", "1,538", "24.6 k")


def test_the_page_without_costs_has_fewer_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "aggregator", "--markdown"]) == 0
    page = capsys.readouterr().out
    assert "| name | what it computes | parameters | source | where |" in page
    assert "| `none` ∅ | Aggregator without a result, for plain fine-tuning. |  | plain fine-tuning. |" in page
