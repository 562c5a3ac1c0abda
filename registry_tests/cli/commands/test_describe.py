"""``spanreg describe``: components, families and classes of options, read from their source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from spanreg.cli.main import main
from spanreg.cli.rendering.component_card import components, options_class, spell_literal
from spanreg.cli.rendering.families import FAMILIES, OPTIONS, family
from spanreg.registry import parse_overrides, signature_of, stand_in
from spanreg.registry.names import shown_name
from spanreg.registry.source.classes import OpaqueType

CONFIGS = str(Path(__file__).parents[3] / "configs")


def describe(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the description of a component or of a class of options, with its parameters by their names."""
    assert main(["describe", name, "--json", "--configs", CONFIGS]) == 0
    [fact] = json.loads(capsys.readouterr().out)
    return {**fact, "parameters": {parameter["name"]: parameter for parameter in fact["parameters"]}}


def test_a_component_is_described_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "hierarchical_cnn", "--json", "--configs", CONFIGS]) == 0
    [fact] = json.loads(capsys.readouterr().out)
    assert (fact["family"], fact["class"], fact["neutral"]) == ("aggregator", "HierarchicalCnn", False)
    assert fact["summary"] == "Convolution and maximum within each span, then over the spans."
    assert fact["source"].startswith("Bao, Zhang and Zhao, ")
    assert fact["raises"].startswith("ConfigurationError: a kernel size is even or below 1")
    dim, kernel_size = fact["parameters"][:2]
    assert (dim["given_by"], dim["default"]) == ("runtime", None)
    assert kernel_size == {
        "name": "kernel_size",
        "type": "an integer, at least 1, an odd number",
        "default": "3",
        "given_by": "config",
        "meaning": "width k of the convolutions, in tokens and in spans; odd; default 3.",
        "search": "one of 1, 3, 5",
    }
    assert any(path.endswith("configs/aggregators/hierarchical_cnn.jsonnet") for path in fact["configs"])


def test_a_component_is_described_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "aggregator/none", "--configs", CONFIGS]) == 0
    text = capsys.readouterr().out
    assert text.startswith("aggregator none (neutral), NoAggregator in spanreg.aggregators.none:")
    assert "\ndim\trun time\trequired\twidth of the token vectors; unused.\n" in text
    assert "\nsource: plain fine-tuning.\n" in text
    assert "aggregators/none.jsonnet" in text


def test_configs_that_cannot_be_read_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The lock file of Emacs, a link to nothing.
    (tmp_path / ".#a.jsonnet").symlink_to("user@host.123")
    (tmp_path / "folder.jsonnet").mkdir()
    (tmp_path / "a.jsonnet").write_text("{ aggregator: 'max_pool' }")
    assert main(["describe", "max_pool", "--json", "--configs", str(tmp_path)]) == 0
    [fact] = json.loads(capsys.readouterr().out)
    assert fact["configs"] == [(tmp_path / "a.jsonnet").as_posix()]


def test_defaults_are_spelt_as_in_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "csv", "--configs", CONFIGS]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines() if line.count("\t") == 3]
    defaults = {row[0]: row[2] for row in rows}
    assert (defaults["files"], defaults["pair"], defaults["text"]) == ("required", "null", "'text'")
    assert (spell_literal("False"), spell_literal("(1, 2)"), spell_literal("...")) == ("false", "[1, 2]", "...")


def test_a_family_is_listed_with_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "segmenter"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("segmenter, Segmenter in spanreg.segmenters.base:")
    summary = "One span for each word, the neutral segmenter: the control for spans of several words."
    assert f"\nsingle\tSingleWordSegmenter\tneutral\t{summary}\n" in text
    assert main(["describe", "segmenter", "--json", "--configs", CONFIGS]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [fact["name"] for fact in facts] == family("segmenter").list_available()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("segmentr", "there is no component 'segmentr'. did you mean 'segmenter'? components: "),
        ("hierarchical_cn", "there is no component 'hierarchical_cn'. did you mean 'hierarchical_cnn'? components: "),
        ("fusions/add", "there is no family 'fusions'. did you mean 'fusion'? families: "),
        ("fusion/none", "there is no component 'none'. components: concat, add, cross_attention, gate, span_only"),
    ],
)
def test_unknown_names_get_a_suggestion(name: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", name]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_every_parameter_of_a_built_in_is_explained() -> None:
    unexplained = [
        f"{component.where} {component.name}: {parameter.name}"
        for component in components(list(FAMILIES))
        if component.where.startswith("spanreg.") and component.words.parameters
        for parameter in component.parameters
        if not parameter.meaning
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", ["csv", "tsv", "jsonl", "parquet"])
def test_readers_of_files_explain_inherited_keys(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    fact = describe(name, capsys)
    assert set(fact["parameters"]) >= {"files", "text", "pair", "label", "labels", "label_map", "kind", "limit"}
    assert all(parameter["meaning"] for parameter in fact["parameters"].values())
    assert "FileReader" not in fact["text"]
    assert fact["example"].startswith(f"data: {{\n  type: '{name}',\n  files: {{ train: 'train.{name}'")


@pytest.mark.parametrize("name", ["TrainingOptions", "training"])
def test_options_are_described_by_class_and_by_key(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    fact = describe(name, capsys)
    assert (fact["family"], fact["class"]) == ("options", "TrainingOptions")
    assert fact["parameters"]["learning_rate"] == {
        "name": "learning_rate",
        "type": "a number, more than 0",
        "default": "5e-05",
        "given_by": "config",
        "meaning": "Highest learning rate, reached at the end of the warm-up.",
        "search": "1e-05 to 0.0001 (logarithmic)",
    }
    assert fact["example"].startswith("training: { epochs: 3, ")
    assert main(["describe", name]) == 0
    text = capsys.readouterr().out
    assert text.startswith("training TrainingOptions, TrainingOptions in spanreg.training.config.options:")
    assert "\nexample:\ntraining: { epochs: 3, " in text


@pytest.mark.parametrize("name", OPTIONS)
def test_every_key_of_every_options_class_is_explained(name: str) -> None:
    card = options_class(name)
    assert card.parameters
    assert [parameter.name for parameter in card.parameters if not parameter.meaning] == []
    assert card.example


def test_every_class_of_options_in_a_config_can_be_described() -> None:
    seen: set[str] = set()
    waiting = [stand_in(*OPTIONS[name][:2]) for name in ("Experiment", "Study")]
    while waiting:
        cls = waiting.pop()
        if shown_name(cls) not in seen:
            seen.add(shown_name(cls))
            for argument in signature_of(cls).arguments:
                waiting += options_in(argument.annotation)
    assert seen == set(OPTIONS)


def options_in(annotation: Any) -> list[type]:
    """Return the classes of this package in a type, except for families of components."""
    if get_args(annotation):
        return [cls for member in get_args(annotation) for cls in options_in(member)]
    is_ours = isinstance(annotation, type) and annotation.__module__.startswith("spanreg.")
    is_family = is_ours and annotation.__name__ in {"Registrable", *(base for _, base in FAMILIES.values())}
    return [annotation] if is_ours and not is_family and not isinstance(annotation, OpaqueType) else []


@pytest.mark.parametrize("key", FAMILIES)
def test_every_example_names_its_component(key: str) -> None:
    for component in components([key]):
        if component.where.startswith("spanreg."):
            assert component.name in component.example, component.name
            assert component.example.startswith(f"{key}: {{"), component.name


def test_a_component_has_a_line_of_jsonnet_and_one_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    fact = describe("hierarchical_cnn", capsys)
    assert fact["jsonnet"] == "aggregator: { type: 'hierarchical_cnn', kernel_size: 3, channels: 256, depth: 1 }"
    line = (
        "from spanreg.components import HierarchicalCnn; HierarchicalCnn.config(kernel_size=3, channels=256, depth=1)"
    )
    assert fact["python"] == line
    assert fact["parameters"]["kernel_size"]["search"] == "one of 1, 3, 5"
    assert fact["parameters"]["depth"]["search"] is None
    assert main(["describe", "hierarchical_cnn"]) == 0
    text = capsys.readouterr().out
    assert f"\njsonnet: {fact['jsonnet']}\npython: {line}\n" in text
    assert "Search: one of 1, 3, 5." in text


def test_the_jsonnet_and_python_lines_give_the_same_config() -> None:
    # The lines of a component with required parameters have placeholders.
    complete = [
        component
        for component in components(list(FAMILIES))
        if component.where.startswith("spanreg.")
        and "." not in component.cls
        and not any(one.given_by == "config" and one.default is None for one in component.parameters)
    ]
    assert len(complete) > 50
    # Evaluated at once, because every evaluation starts a process.
    lines = ", ".join(f"'{number}': {{ {component.jsonnet} }}" for number, component in enumerate(complete))
    configs = parse_overrides(f"{{ {lines} }}")
    for number, component in enumerate(complete):
        imported, _, call = component.python.partition("; ")
        names: dict[str, Any] = {}
        exec(imported, names)
        assert eval(call, names) == configs[str(number)][component.family], component.name


def test_options_have_no_line_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert describe("TrainingOptions", capsys)["python"] == ""
