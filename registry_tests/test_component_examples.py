"""The docstring of every component has a line of Jsonnet that is a valid config."""

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


def family_base(family: str) -> Any:
    """Return the base class of a family."""
    module, _, name = BASES[family].partition(":")
    return getattr(importlib.import_module(module), name)


def component_names() -> list[tuple[str, str]]:
    """Return the family and the registered name of every component."""
    return [(family, name) for family in BASES for name in family_base(family).list_available()]


@pytest.mark.parametrize(("family", "name"), component_names())
def test_docstring_examples_are_valid_configs(family: str, name: str) -> None:
    cls: type[Registrable] = load(family_base(family).find(name)[0])
    example = EXAMPLE.search(inspect.getdoc(cls) or "")
    assert example, f"{cls.__name__} shows no line of Jsonnet"
    line = example[1] if not example[1].startswith("{") else f"{family}: {example[1]}"
    config = json.loads(_jsonnet.evaluate_snippet("example", f"{{ {line} }}"))
    # The line may show the component as part of another section, such as ``training: { optimizer: ... }``.
    section = config["training"][family] if "training" in config else config
    # A scorer is shown within the dictionary that computes it.
    if family == "scorer":
        assert name in section["dictionary"]["scores"]
        plan = plan_params(family_base("dictionary"), section["dictionary"], extras=("data",))
    else:
        section = section if "training" in config else section[family]
        assert (section if isinstance(section, str) else section["type"]) == name
        plan = plan_params(family_base(family), section, extras=family_base(family).handed_down or ())
    assert [str(problem) for problem in plan.problems] == []
