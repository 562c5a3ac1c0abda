"""``docs/reference/components.md`` is what the command makes now."""

from __future__ import annotations

import re
from pathlib import Path

from spanreg.benchmarks.component_costs import component_costs
from spanreg.cli.commands.list import components_page
from spanreg.cli.main import main
from spanreg.cli.rendering.families import FAMILIES, family

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "components.md"
AGAIN = "make it again: spanreg list --markdown --cost > docs/reference/components.md"


def test_the_page_is_up_to_date() -> None:
    # What other tests have registered in this process is no built-in.
    now = [
        line
        for line in components_page(list(FAMILIES), with_cost=True).splitlines()
        if "](../../registry_tests/" not in line
    ]
    written = PAGE.read_text(encoding="utf-8").splitlines()
    stale = [line for line in now if line and line not in written]
    assert not stale, f"docs/reference/components.md lacks {stale[0][:100]!r}. {AGAIN}"
    assert "\n".join(written).rstrip() == "\n".join(now).rstrip(), AGAIN


def test_every_component_stands_on_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for key in FAMILIES:
        section = text.partition(f"\n## {key}\n")[2].partition("\n## ")[0]
        named = re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)
        builtin = [one.name for one in family(key).describe_available() if one.module.startswith("spanreg.")]
        assert named == builtin, key


def test_costs_are_counted() -> None:
    costs = component_costs()
    # 2 kernels of width 3: 768 * 256 * 3 + 256 and 256 * 256 * 3 + 256.
    assert costs["aggregator", "hierarchical_cnn"][:2] == ("256", "786,944")
    # 16 sequences times 128 tokens and 64 spans; a convolution looks at 3 places.
    multiply_adds = 16 * 3 * (128 * 768 * 256 + 64 * 256 * 256)
    assert costs["aggregator", "hierarchical_cnn"][2] == f"{multiply_adds / 1e6:,.1f} M"
    assert costs["aggregator", "none"] == ("0", "0", "0")
    assert costs["aggregator", "span_lstm"][2] == "not counted"
    assert costs["head", "classification"] == ("labels", "1,538", "24.6 k")


def test_without_costs_it_has_fewer_columns(capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["list", "aggregator", "--markdown"]) == 0
    said = capsys.readouterr().out
    assert "| name | what it computes | parameters | source | where |" in said
    assert "| `none` ∅ | Aggregator without a result, for plain fine-tuning. |  | plain fine-tuning. |" in said
