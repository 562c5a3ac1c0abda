"""The fast forms of a step are used within the block, and change nothing else."""

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
    config = make_config()
    return assemble(Experiment.from_params(Params(config))).model


def forms(model: SpanModel) -> tuple[Counter[type], str]:
    kinds = Counter(type(module) for module in model.modules() if isinstance(module, nn.Dropout))
    return kinds, model.encoder.backbone.config._attn_implementation


def batch() -> dict[str, Tensor]:
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


def test_the_fast_forms_are_used_within_the_block_only(model: SpanModel) -> None:
    before = forms(model)
    with fast_steps(model, CPU):
        kinds, attention = forms(model)
        assert attention == NAME
        assert kinds == {FastDropout: before[0].total()}
    assert forms(model) == before
    assert before == ({nn.Dropout: before[0].total()}, "sdpa")


def test_the_fast_forms_are_removed_after_an_error(model: SpanModel) -> None:
    before = forms(model)
    with pytest.raises(KeyError), fast_steps(model, CPU):
        raise KeyError
    assert forms(model) == before


def test_a_gpu_keeps_its_own(model: SpanModel) -> None:
    before = forms(model)
    with fast_steps(model, torch.device("cuda")):
        assert forms(model) == before


def test_an_attention_that_was_chosen_is_kept(model: SpanModel) -> None:
    model.encoder.backbone.set_attn_implementation("eager")
    with fast_steps(model, CPU):
        assert forms(model)[1] == "eager"
    assert forms(model)[1] == "eager"


def test_without_dropout_a_step_computes_the_same(model: SpanModel) -> None:
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    model.train()
    plain = gradients(model)
    with fast_steps(model, CPU):
        fast = gradients(model)
    for name, gradient in plain.items():
        torch.testing.assert_close(fast[name], gradient, rtol=1e-4, atol=1e-6)


def gradients(model: SpanModel) -> dict[str, Tensor]:
    model.zero_grad()
    loss = model(**batch()).loss
    assert loss is not None
    torch.autograd.backward(loss)
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def test_nothing_of_it_is_saved(model: SpanModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "before")
    with fast_steps(model, CPU):
        model.save_pretrained(tmp_path / "meanwhile")
    written = [(tmp_path / name / "config.json").read_text() for name in ("before", "meanwhile")]
    assert written[0] == written[1]
