"""Every built-in component satisfies the laws of its family, including one that is added tomorrow."""

from __future__ import annotations

import pkgutil
from typing import Any

import pytest

from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.registry import load
from spanreg.testing import check_component, laws

SUITES = {f"spanreg.{module.name}.base" for module in pkgutil.iter_modules(laws.__path__)}
WITH_LAWS = [key for key in FAMILIES if family(key).__module__ in SUITES]
NAMES = [
    f"{key} {one.name}"
    for key in WITH_LAWS
    for one in family(key).describe_available()
    if one.module.startswith("spanreg.")
]

FORMS: dict[str, dict[str, Any]] = {
    "segmenter max_match": {"direction": "bidirectional"},
    "segmenter random": {"lengths": [1, 2, 3]},
    "segmenter viterbi": {"scale": "log", "word_score": 0.5},
    "head classification": {"label_smoothing": 0.1},
    "encoder tiny": {"pooling": "pooler", "dim": 16, "layers": 1},
}
"Further options to try."


def check(name: str, options: dict[str, Any]) -> None:
    key, component = name.split()
    cls, _ = load(family(key)).resolve_class_name(component)
    check_component(cls, options, tolerance=1e-12)


def test_all_laws_are_those_of_a_family() -> None:
    assert {family(key).__module__ for key in WITH_LAWS} == SUITES


@pytest.mark.parametrize("name", NAMES)
def test_keeps_to_the_laws(name: str, material: dict[str, dict[str, Any]]) -> None:
    for component, package in (("encoder lora", "peft"), ("segmenter chunk", "textblob")):
        if name == component:
            pytest.importorskip(package, reason=f"{package} is not installed: it comes with an extra of its own")
    check(name, material.get(name, {}))


@pytest.mark.parametrize("name", FORMS)
def test_keeps_to_the_laws_in_another_form(name: str, material: dict[str, dict[str, Any]]) -> None:
    check(name, {**material.get(name, {}), **FORMS[name]})
