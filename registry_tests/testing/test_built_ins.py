"""Built-in components: each follows the laws of its family."""

from __future__ import annotations

import pkgutil
from typing import Any

import pytest

from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.registry import load
from spanreg.testing import check_component, laws

# Listed from the package, so that a new component is checked without a change here.
FAMILIES_WITH_LAWS = {f"spanreg.{module.name}.base" for module in pkgutil.iter_modules(laws.__path__)}
FAMILY_KEYS = [key for key in FAMILIES if family(key).__module__ in FAMILIES_WITH_LAWS]
NAMES = [
    f"{key} {component.name}"
    for key in FAMILY_KEYS
    for component in family(key).describe_available()
    if component.module.startswith("spanreg.")
]

FURTHER_OPTIONS: dict[str, dict[str, Any]] = {
    "segmenter max_match": {"direction": "bidirectional"},
    "segmenter random": {"lengths": [1, 2, 3]},
    "segmenter viterbi": {"scale": "log", "word_score": 0.5},
    "head classification": {"label_smoothing": 0.1},
    "encoder tiny": {"pooling": "pooler", "dim": 16, "layers": 1},
}
"Options that select another branch of a component, by family and name."


def check_built_in(name: str, options: dict[str, Any]) -> None:
    """Check the component of a family and name with options."""
    key, component = name.split()
    cls, _ = load(family(key)).resolve_class_name(component)
    # Below the default of 1e-6, but above the rounding of float64.
    check_component(cls, options, tolerance=1e-12)


def test_every_module_of_laws_belongs_to_a_family() -> None:
    assert {family(key).__module__ for key in FAMILY_KEYS} == FAMILIES_WITH_LAWS


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_component_follows_the_laws(name: str, required_options: dict[str, dict[str, Any]]) -> None:
    for component, package in (("encoder lora", "peft"), ("segmenter chunk", "textblob")):
        if name == component:
            pytest.importorskip(package, reason=f"{package} is not installed: it comes with an extra of its own")
    check_built_in(name, required_options.get(name, {}))


@pytest.mark.parametrize("name", FURTHER_OPTIONS)
def test_a_built_in_component_follows_the_laws_with_other_options(
    name: str, required_options: dict[str, dict[str, Any]]
) -> None:
    check_built_in(name, {**required_options.get(name, {}), **FURTHER_OPTIONS[name]})
