"""``SpanModel`` for token classification, and heads that do not fit the kind of task."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from spanreg.aggregators import Aggregator
from spanreg.encoders.tiny import TinyEncoder
from spanreg.fusions import Fusion
from spanreg.heads import IGNORED
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

WORDS = ("O", "B-NP", "I-NP")


def build_model(aggregator: str, fusion: str = "concat") -> SpanModel:
    """Return a model for token classification with random weights."""
    torch.manual_seed(0)
    parts = {"encoder": "tiny", "aggregator": aggregator, "fusion": fusion}
    return SpanModel.assemble(TinyEncoder(dim=16, layers=1).load(), parts, WORDS, kind="token_classification").eval()


@pytest.fixture
def batch() -> dict[str, Tensor]:
    """Return a batch of two sentences of different lengths."""
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    labels = torch.tensor([[IGNORED, 0, 1, 2, 0, IGNORED], [IGNORED, 1, 2, IGNORED, IGNORED, IGNORED]])
    return {
        "input_ids": torch.arange(12).reshape(2, 6) * attention_mask,
        "attention_mask": attention_mask,
        "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3], [0, 1, 1, 2, -1, -1]]),
        "labels": labels,
    }


@pytest.mark.parametrize("aggregator", [name for name in Aggregator.list_available() if name != "multi_granularity"])
@pytest.mark.parametrize("fusion", Fusion.list_available())
def test_logits_do_not_depend_on_padding_or_other_sentences(
    aggregator: str, fusion: str, batch: dict[str, Tensor]
) -> None:
    if (aggregator, fusion) == ("none", "span_only"):
        pytest.skip("the fusion 'span_only' needs an aggregator")
    model = build_model(aggregator, fusion)
    together = model(**batch)
    assert together.logits.shape == (2, 6, 3)
    assert together.loss.isfinite()
    alone = model(**{name: column[1:, :4] for name, column in batch.items()})
    torch.testing.assert_close(alone.logits[0], together.logits[1, :4], rtol=0, atol=1e-5)


def test_the_tokens_of_a_span_share_its_vector(batch: dict[str, Tensor]) -> None:
    features = build_model("mean_pool", "span_only")(**batch).features
    assert torch.equal(features[0, 1], features[0, 3])
    assert not torch.equal(features[0, 3], features[0, 4])


@pytest.mark.parametrize("aggregator", ["hierarchical_cnn", "none"])
def test_a_saved_model_loads_with_equal_logits(aggregator: str, batch: dict[str, Tensor], tmp_path: Path) -> None:
    model = build_model(aggregator)
    model.save_pretrained(tmp_path)
    loaded = SpanModel.from_pretrained(tmp_path).eval()
    assert loaded.token_level
    assert torch.equal(loaded(**batch).logits, model(**batch).logits)


def test_multi_label_tasks_have_the_problem_type_of_transformers() -> None:
    model = SpanModel.assemble(TinyEncoder(dim=16, layers=1).load(), {"encoder": "tiny"}, WORDS, kind="multi_label")
    assert model.config.problem_type == "multi_label_classification"
    assert type(model.head).__name__ == "MultiLabelHead"


@pytest.mark.parametrize(
    ("head", "kind", "message"),
    [
        (
            "classification",
            "multi_label",
            "head.type: ClassificationHead is for tasks of the kind 'classification', the data's is 'multi_label'. "
            "leave the key 'head' out, or take 'multi_label'",
        ),
        (
            {"type": "multi_label"},
            "classification",
            "head.type: MultiLabelHead is for tasks of the kind 'multi_label'",
        ),
        ({"label_smoothing": 0.1}, "token_classification", "head.type: ClassificationHead is for tasks of the kind"),
        ("token_classification", "regression", "head.type: TokenClassificationHead is for tasks of the kind"),
    ],
)
def test_a_head_for_another_kind_of_task_is_rejected(head: object, kind: str, message: str) -> None:
    parts = {"encoder": "tiny", "head": head}
    encoder = TinyEncoder(dim=16, layers=1).load()
    with pytest.raises(ConfigurationError) as caught:
        SpanModel.assemble(encoder, parts, WORDS, kind=kind)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)


def test_a_model_of_several_segmentations_labels_tokens(batch: dict[str, Tensor]) -> None:
    parts = {"encoder": "tiny", "aggregator": "multi_granularity", "fusion": "gate"}
    encoder = TinyEncoder(dim=16, layers=1).load()
    model = SpanModel.assemble(encoder, parts, WORDS, layers=2, kind="token_classification").eval()
    output = model(**{**batch, "span_ids": torch.stack([batch["span_ids"]] * 2, 1)})
    assert output.logits.shape == (2, 6, 3)
    output.loss.backward()
    assert model.aggregator.bias.grad is not None
