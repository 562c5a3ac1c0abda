"""``fast_steps``: CPU dropout and attention within the block, and no other change of the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spanreg.model import SpanModel
from spanreg.registry import Params
from spanreg.training.config.assembly import assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.loop.attention import NAME
from spanreg.training.loop.dropout import FastDropout
from spanreg.training.loop.speed import fast_steps

MakeConfig = Callable[..., dict[str, Any]]
CPU = torch.device("cpu")


@pytest.fixture
def model(make_config: MakeConfig) -> SpanModel:
    """Return a new model, which the test may change."""
    config = make_config()
    return assemble(Experiment.from_params(Params(config))).model


def dropouts_and_attention(model: SpanModel) -> tuple[Counter[type], str]:
    """Return the number of dropout modules by class, and the name of the attention."""
    dropouts = Counter(type(module) for module in model.modules() if isinstance(module, nn.Dropout))
    return dropouts, model.encoder.backbone.config._attn_implementation


def random_batch() -> dict[str, Tensor]:
    """Return three sentences, the second of which is shorter."""
    torch.manual_seed(0)
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 6:] = 0
    span_ids = (torch.arange(9) // 2).expand(3, 9).masked_fill(mask == 0, -1)
    return {
        "input_ids": torch.randint(5, 60, (3, 9)) * mask,
        "attention_mask": mask,
        "span_ids": span_ids,
        "labels": torch.tensor([0, 1, 1]),
    }


def test_fast_dropout_and_attention_are_used_within_the_block_only(model: SpanModel) -> None:
    before = dropouts_and_attention(model)
    with fast_steps(model, CPU):
        dropouts, attention = dropouts_and_attention(model)
        assert attention == NAME
        assert dropouts == {FastDropout: before[0].total()}
    assert dropouts_and_attention(model) == before
    assert before == ({nn.Dropout: before[0].total()}, "sdpa")


def test_the_model_is_restored_after_an_error(model: SpanModel) -> None:
    before = dropouts_and_attention(model)
    with pytest.raises(KeyError), fast_steps(model, CPU):
        raise KeyError
    assert dropouts_and_attention(model) == before


def test_nothing_changes_on_a_gpu(model: SpanModel) -> None:
    before = dropouts_and_attention(model)
    with fast_steps(model, torch.device("cuda")):
        assert dropouts_and_attention(model) == before


def test_an_attention_chosen_by_the_user_is_kept(model: SpanModel) -> None:
    model.encoder.backbone.set_attn_implementation("eager")
    with fast_steps(model, CPU):
        assert dropouts_and_attention(model)[1] == "eager"
    assert dropouts_and_attention(model)[1] == "eager"


def test_gradients_without_dropout_are_equal(model: SpanModel) -> None:
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    model.train()
    plain = gradients(model)
    with fast_steps(model, CPU):
        fast = gradients(model)
    assert fast.keys() == plain.keys()
    for name, gradient in plain.items():
        torch.testing.assert_close(fast[name], gradient, rtol=1e-4, atol=1e-6)


def gradients(model: SpanModel) -> dict[str, Tensor]:
    """Return the gradient of every weight after a step."""
    model.zero_grad()
    loss = model(**random_batch()).loss
    assert loss is not None
    torch.autograd.backward(loss)
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def test_the_saved_config_is_unchanged_within_the_block(model: SpanModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "before")
    with fast_steps(model, CPU):
        model.save_pretrained(tmp_path / "meanwhile")
    configs = [(tmp_path / name / "config.json").read_text() for name in ("before", "meanwhile")]
    assert configs[0] == configs[1]
