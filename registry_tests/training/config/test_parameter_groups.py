"""Parameter groups: learning rate and weight decay of every weight."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import hash_file
from spanreg.training.config.assembly import assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.options import ParameterGroup, TrainingOptions
from spanreg.training.config.parameter_groups import parameter_groups
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def model(make_config: MakeConfig) -> SpanModel:
    """Return a model with three layers."""
    config = make_config(encoder={"type": "tiny", "dim": 8, "layers": 3})
    return assemble(Experiment.from_params(Params(config))).model


def rate_and_decay(model: SpanModel, **options: Any) -> dict[str, tuple[float, float]]:
    """Return the learning rate and the weight decay of every trained weight, by name."""
    named = dict(model.named_parameters())
    names = {weight: name for name, weight in named.items()}
    decaying = [name for name in named if name.endswith("weight") and "LayerNorm" not in name]
    groups = parameter_groups(named, model, TrainingOptions(**options), decaying)
    return {names[weight]: (group["lr"], group["weight_decay"]) for group in groups for weight in group["params"]}


def error_message(model: SpanModel, *groups: ParameterGroup) -> str:
    """Return the message with which the groups are rejected."""
    with pytest.raises(ConfigurationError) as caught:
        rate_and_decay(model, groups=groups)
    return str(caught.value)


def test_weight_decay_applies_to_weights_but_not_to_biases(model: SpanModel) -> None:
    found = rate_and_decay(model, learning_rate=1e-3, weight_decay=0.5)
    assert found.keys() == dict(model.named_parameters()).keys()
    assert found["head.scorer.weight"] == (1e-3, 0.5)
    assert found["head.scorer.bias"] == (1e-3, 0.0)


def test_layer_decay_lowers_the_rates_of_lower_layers(model: SpanModel) -> None:
    found = rate_and_decay(model, learning_rate=1.0, layer_decay=0.5)
    dense = "encoder.backbone.encoder.layer.{}.output.dense.weight"
    assert [found[dense.format(layer)][0] for layer in range(3)] == [0.25, 0.5, 1.0]
    assert found["encoder.backbone.embeddings.word_embeddings.weight"][0] == 0.125
    assert found["head.scorer.weight"][0] == 1.0


def test_new_parts_have_their_own_learning_rate(model: SpanModel) -> None:
    found = rate_and_decay(model, learning_rate=1e-5, new_parts_learning_rate=1e-3)
    assert {rate for name, (rate, _) in found.items() if name.startswith("encoder.")} == {1e-5}
    assert {rate for name, (rate, _) in found.items() if not name.startswith("encoder.")} == {1e-3}


def test_the_first_matching_group_applies(model: SpanModel) -> None:
    groups = [ParameterGroup("embeddings", learning_rate=0.0), ParameterGroup(r"^encoder\.", weight_decay=0.25)]
    found = rate_and_decay(model, learning_rate=1e-3, weight_decay=0.5, groups=groups)
    assert found["encoder.backbone.embeddings.word_embeddings.weight"] == (0.0, 0.5)
    assert found["encoder.backbone.encoder.layer.0.output.dense.weight"] == (1e-3, 0.25)
    assert found["encoder.backbone.encoder.layer.0.output.dense.bias"] == (1e-3, 0.25)
    assert found["head.scorer.weight"] == (1e-3, 0.5)


def test_an_expression_without_matches_is_rejected_with_the_nearest_name(model: SpanModel) -> None:
    text = error_message(model, ParameterGroup("head.scorre.weight"))
    assert text.startswith(
        "training.groups.0.parameters: 'head.scorre.weight' matches no trained weight. did you mean"
        " 'head.scorer.weight'? weights: encoder.backbone.embeddings.word_embeddings.weight, "
    )


def test_an_invalid_regular_expression_is_rejected(model: SpanModel) -> None:
    assert error_message(model, ParameterGroup("head"), ParameterGroup("(")).startswith(
        "training.groups.1.parameters: '(' is not a regular expression ("
    )


def test_a_group_whose_weights_are_all_in_earlier_groups_is_rejected(model: SpanModel) -> None:
    assert error_message(model, ParameterGroup("head"), ParameterGroup("head.scorer.bias")) == (
        "training.groups.1.parameters: all 1 weights that 'head.scorer.bias' matches are in earlier groups. "
        "put this group before them, or leave it out"
    )


def test_layer_decay_needs_separate_layers(model: SpanModel, monkeypatch: pytest.MonkeyPatch) -> None:
    # As with an encoder whose layers share their weights: fewer layers are found than the config has.
    monkeypatch.setattr(model.encoder.backbone.config, "num_hidden_layers", 7)
    with pytest.raises(
        ConfigurationError, match=r"^training\.layer_decay: an encoder of the kind 'bert' has no separate layers"
    ):
        rate_and_decay(model, layer_decay=0.9)


def test_a_run_trains_with_its_groups(make_config: MakeConfig, tmp_path: Path) -> None:
    groups = [{"parameters": "^encoder", "learning_rate": 0.0}]
    train(Params(make_config({"max_steps": 2, "groups": groups})), tmp_path / "still")
    train(Params(make_config({"max_steps": 2})), tmp_path / "moved")
    config = make_config()
    fresh = assemble(Experiment.from_params(Params(config))).model
    trained = SpanModel.from_pretrained(tmp_path / "still" / "model")
    assert all(map(torch.equal, fresh.encoder.parameters(), trained.encoder.parameters()))
    assert not torch.equal(fresh.head.scorer.weight, trained.head.scorer.weight)
    files = [tmp_path / name / "model" / "model.safetensors" for name in ("still", "moved")]
    assert hash_file(files[0]) != hash_file(files[1])


def test_an_invalid_group_ends_the_run_before_training(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"groups": [{"parameters": "no such"}]})
    with pytest.raises(ConfigurationError, match="^training.groups.0.parameters: 'no such' matches no trained"):
        train(Params(config), tmp_path / "run")
    assert not (tmp_path / "run").exists()
