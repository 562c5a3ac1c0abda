"""Every component shows a line of Jsonnet in its docstring, and that line is a valid config."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from typing import Any

import _jsonnet
import pytest

from spanreg.registry import Registrable, plan_params
from spanreg.registry.source.classes import load

BASES = {
    "encoder": "spanreg.encoders.base:Encoder",
    "dictionary": "spanreg.dictionaries.base:SpanDictionary",
    "scorer": "spanreg.scorers.base:Scorer",
    "segmenter": "spanreg.segmenters.base:Segmenter",
    "aggregator": "spanreg.aggregators.base:Aggregator",
    "fusion": "spanreg.fusions.base:Fusion",
    "head": "spanreg.heads.base:Head",
    "optimizer": "spanreg.optimizers.base:Optimizer",
    "schedule": "spanreg.schedules.base:Schedule",
}
EXAMPLE = re.compile(r"^``(\w+: \{.*\}|\{ type: .*\})``$", re.MULTILINE)


def base(family: str) -> Any:
    """Return the base class of a family."""
    module, _, name = BASES[family].partition(":")
    return getattr(importlib.import_module(module), name)


def examples() -> list[tuple[str, str]]:
    """Return family and registered name of every component."""
    return [(family, name) for family in BASES for name in base(family).list_available()]


@pytest.mark.parametrize(("family", "name"), examples())
def test_the_example_is_valid(family: str, name: str) -> None:
    cls: type[Registrable] = load(base(family).find(name)[0])
    found = EXAMPLE.search(inspect.getdoc(cls) or "")
    assert found, f"{cls.__name__} shows no line of Jsonnet"
    line = found[1] if not found[1].startswith("{") else f"{family}: {found[1]}"
    config = json.loads(_jsonnet.evaluate_snippet("example", f"{{ {line} }}"))
    # The line may show the component as part of another section, such as ``training: { optimizer: ... }``.
    own = config["training"][family] if "training" in config else config
    # A scorer is shown within the dictionary that computes it.
    if family == "scorer":
        assert name in own["dictionary"]["scores"]
        plan = plan_params(base("dictionary"), own["dictionary"], extras=("data",))
    else:
        own = own if "training" in config else own[family]
        assert (own if isinstance(own, str) else own["type"]) == name
        plan = plan_params(base(family), own, extras=base(family).handed_down or ())
    assert [str(problem) for problem in plan.problems] == []
