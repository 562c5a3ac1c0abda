"""SchemaWalker: the keys and values that the schema allows at a path of a config."""

from __future__ import annotations

import pytest

from spanreg.editor.config_schema import config_schema
from spanreg.editor.schema_walk import SchemaWalker
from spanreg.registry.schema import Schema


@pytest.fixture(scope="module")
def schema() -> Schema:
    """Return the schema of configs, which takes long to write."""
    return config_schema("config")


@pytest.fixture
def walker(schema: Schema) -> SchemaWalker:
    """Return a walker of the schema of configs."""
    return SchemaWalker(schema)


def test_keys_depend_on_the_selected_component(walker: SchemaWalker) -> None:
    selected = {("aggregator", "type"): "hierarchical_cnn", ("segmenter",): "fixed"}
    assert {"type", "kernel_size"} <= {choice.name for choice in walker.keys(("aggregator",), selected)}
    assert {choice.name for choice in walker.keys(("aggregator",), {})} == {"type"}
    assert "words" in {choice.name for choice in walker.keys(("segmenter",), selected)}
    assert walker.keys(("nothing", "here"), {}) == []


def test_keys_of_the_default_component(walker: SchemaWalker) -> None:
    assert "dropout" in {choice.name for choice in walker.keys(("fusion",), {})}


def test_keys_inside_lists_and_maps(walker: SchemaWalker) -> None:
    types = {("training", "callbacks", 0, "type"): "freeze_encoder"}
    assert "share" in {choice.name for choice in walker.keys(("training", "callbacks", 0), types)}
    assert "freeze_encoder" in {choice.name for choice in walker.values(("training", "callbacks", 0), {})}


def test_values_are_component_names_and_booleans(walker: SchemaWalker) -> None:
    [max_pool] = [choice for choice in walker.values(("aggregator", "type"), {}) if choice.name == "max_pool"]
    assert "Maximum" in max_pool.about
    booleans = {choice.name: choice.is_text for choice in walker.values(("training", "group_by_length"), {})}
    assert booleans == {"true": False, "false": False}


def test_docstring_default_and_family_of_a_key(walker: SchemaWalker) -> None:
    about = walker.about(("aggregator", "kernel_size"), {("aggregator", "type"): "hierarchical_cnn"})
    assert about is not None
    assert (about.default, about.has_default) == (3, True)
    assert "width k of the convolutions" in about.about
    assert walker.about(("aggregator", "nothing"), {}) is None
    assert walker.family(("aggregator",), {}) == "Aggregator"
    assert walker.family(("seed",), {}) is None
