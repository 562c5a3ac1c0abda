"""``spanreg describe``: one component, from its source alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.components import components
from spanreg.cli.families import FAMILIES
from spanreg.cli.main import main

CONFIGS = str(Path(__file__).parents[2] / "configs")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "hierarchical_cnn", "--json", "--configs", CONFIGS]) == 0
    [fact] = json.loads(capsys.readouterr().out)
    assert (fact["family"], fact["class"], fact["neutral"]) == ("aggregator", "HierarchicalCnn", False)
    assert fact["summary"] == "Convolution and maximum within each span, then over the spans."
    assert fact["source"].startswith("Bao, Zhang and Zhao, Findings of EMNLP 2021")
    assert fact["raises"].startswith("ConfigurationError: a width is even or below 1")
    dim, kernel_size = fact["parameters"][:2]
    assert (dim["given_by"], dim["default"]) == ("runtime", None)
    assert kernel_size == {
        "name": "kernel_size",
        "type": "an integer, at least 1, an odd one",
        "default": "3",
        "given_by": "config",
        "meaning": "width k of the convolutions, in tokens and in spans; odd; default 3.",
    }
    assert any(path.endswith("configs/aggregators/hierarchical_cnn.jsonnet") for path in fact["configs"])


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "aggregator/none", "--configs", CONFIGS]) == 0
    said = capsys.readouterr().out
    assert said.startswith("aggregator none (neutral), NoAggregator in spanreg.aggregators.none:")
    assert "\ndim\trun time\trequired\twidth of the token vectors; changes nothing.\n" in said
    assert "\nsource: plain fine-tuning.\n" in said
    assert "aggregators/none.jsonnet" in said


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hierarchical_cn", "there is no component 'hierarchical_cn'. did you mean 'hierarchical_cnn'? components: "),
        ("fusions/add", "there is no family 'fusions'. did you mean 'fusion'? families: "),
        ("fusion/none", "there is no component 'none'. components: concat, add, cross_attention, gate, span_only"),
    ],
)
def test_unknown_names(name: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", name]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_every_parameter_of_a_built_in_is_explained() -> None:
    silent = [
        f"{component.where} {component.name}: {one.name}"
        for component in components(list(FAMILIES))
        if component.where.startswith("spanreg.") and component.words.parameters
        for one in component.parameters
        if not one.meaning
    ]
    assert silent == []
