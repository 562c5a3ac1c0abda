"""``SpanModel``: assembling, forward pass, saving and loading, training by transformers' Trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    BertConfig,
    BertModel,
    Trainer,
    TrainingArguments,
)

import spanreg.integrations.transformers  # noqa: F401  (registers the auto classes)
from spanreg.encoders import Encoder, EncoderOutput
from spanreg.encoders.sources import load_tokenizer
from spanreg.model import SpanModel, SpanModelConfig
from spanreg.registry import ConfigurationError

TEXTS = ["the cat sat on the mat", "a dog barked all night long", "kick the bucket"]
COMPONENTS: dict[str, Any] = {
    "encoder": {"type": "tiny", "pooling": "mean"},
    "aggregator": {"type": "hierarchical_cnn", "channels": 8},
}


def build_model(components: dict[str, Any] | None = None, labels: tuple[str, ...] = ("no", "yes")) -> SpanModel:
    """Return a model whose new parts have equal weights at every call."""
    components = {**COMPONENTS, **(components or {})}
    encoder = Encoder.from_params(components["encoder"], texts=TEXTS)
    torch.manual_seed(5)
    return SpanModel.assemble(encoder.load(), components, labels)


def tokenize_texts(model: SpanModel) -> dict[str, Tensor]:
    """Return the batch of ``TEXTS``, whose spans have two tokens each."""
    batch = dict(model.encoder.tokenizer(TEXTS, padding=True, return_tensors="pt"))
    mask = batch["attention_mask"]
    return {**batch, "span_ids": torch.where(mask > 0, (mask.cumsum(1) - 1) // 2, -1)}


def test_the_output_equals_that_of_the_parts_in_turn() -> None:
    model = build_model().eval()
    batch = tokenize_texts(model)
    output = model(**batch, labels=torch.tensor([0, 1, 1]))
    encoded = model.encoder(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
    sequence = model.aggregator(encoded.tokens, batch["span_ids"]).sequence
    features = torch.cat((encoded.sentence, sequence), -1)
    logits = features @ model.head.scorer.weight.T + model.head.scorer.bias
    torch.testing.assert_close(output.features, features)
    torch.testing.assert_close(output.logits, logits)
    torch.testing.assert_close(output.loss, torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 1])))
    assert model.predict(output.logits).tolist() == logits.argmax(-1).tolist()


def test_the_default_components_are_plain_fine_tuning() -> None:
    model = build_model({"aggregator": None}, labels=("a", "b", "c"))
    kinds = [type(part).__name__ for part in (model.aggregator, model.fusion, model.head)]
    assert kinds == ["NoAggregator", "ConcatFusion", "ClassificationHead"]
    assert model.head.dim == model.encoder.dim


def test_the_default_head_of_a_task_without_labels_is_a_regression() -> None:
    regression = build_model(labels=())
    assert type(regression.head).__name__ == "RegressionHead"
    assert regression.config.num_labels == 1
    assert regression(**tokenize_texts(regression), labels=torch.tensor([0.5, 1.0, 5.0])).loss.isfinite()


def test_the_saved_config_has_labels_and_components(tmp_path: Path) -> None:
    model = build_model({"data": {"type": "glue"}}, labels=("not_entailment", "entailment"))
    model.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["id2label"] == {"0": "not_entailment", "1": "entailment"}
    assert written["label2id"] == {"not_entailment": 0, "entailment": 1}
    assert written["problem_type"] == "single_label_classification"
    assert written["max_tokens"] == 512
    assert written["backbone"]["model_type"] == "bert"
    assert written["components"] == {
        **COMPONENTS,
        "fusion": {"type": "concat"},
        "head": {"type": "classification"},
    }


@pytest.mark.parametrize("labels", [("no", "yes"), ("a", "b", "c"), ()])
def test_a_saved_model_loads_without_its_encoder_and_saves_to_equal_files(
    labels: tuple[str, ...], tmp_path: Path
) -> None:
    model = build_model(labels=labels).eval()
    batch = tokenize_texts(model)
    model.save_pretrained(tmp_path)
    loaded = SpanModel.from_pretrained(tmp_path)
    assert loaded.state_dict().keys() == model.state_dict().keys()
    with torch.no_grad():
        # Equal bits need weights at aligned addresses, on processors without AVX-512.
        assert torch.equal(loaded(**batch).logits, model(**batch).logits)
    loaded.save_pretrained(tmp_path / "twice")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "twice" / name).read_bytes() == (tmp_path / name).read_bytes()


def test_auto_classes_load_a_saved_model(tmp_path: Path) -> None:
    model = build_model()
    model.save_pretrained(tmp_path)
    model.encoder.tokenizer.save_pretrained(tmp_path)
    assert isinstance(AutoModel.from_pretrained(tmp_path), SpanModel)
    assert isinstance(AutoModelForSequenceClassification.from_pretrained(tmp_path), SpanModel)
    tokenizer = load_tokenizer(str(tmp_path))
    assert tokenizer(TEXTS)["input_ids"] == model.encoder.tokenizer(TEXTS)["input_ids"]


def test_loading_accepts_another_attention_implementation(tmp_path: Path) -> None:
    model = build_model().eval()
    model.save_pretrained(tmp_path)
    eager = SpanModel.from_pretrained(tmp_path, attn_implementation="eager")
    assert eager.encoder.backbone.config._attn_implementation == "eager"
    assert model.encoder.backbone.config._attn_implementation == "sdpa"
    torch.testing.assert_close(eager(**tokenize_texts(model)).logits, model(**tokenize_texts(model)).logits)


def test_equal_seeds_give_equal_weights() -> None:
    first, second = build_model().state_dict(), build_model().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_assembling_does_not_change_the_encoder() -> None:
    encoder = Encoder.from_params("tiny", texts=TEXTS).load()
    before = {name: weight.clone() for name, weight in encoder.state_dict().items()}
    model = SpanModel.assemble(encoder, {"encoder": "tiny"}, ("no", "yes"))
    assert model.encoder is encoder
    assert all(torch.equal(weight, before[name]) for name, weight in encoder.state_dict().items())
    assert model.get_input_embeddings() is encoder.backbone.get_input_embeddings()


def test_span_ids_that_do_not_partition_the_tokens_are_rejected() -> None:
    model = build_model()
    batch = tokenize_texts(model)
    batch["span_ids"] = batch["span_ids"] + 1
    with pytest.raises(ValueError, match="span ids do not partition the tokens of row 0"):
        model(**batch)


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (
            {"aggregator": {"type": "hierarchical_cnn", "kernel_size": 4}},
            "aggregator.kernel_size: is 4. give an odd number",
        ),
        ({"aggregator": {"type": "hierarchical_cnn", "dim": 4}}, "aggregator.dim: is known only at run time"),
        ({"fusion": {"type": "concat", "dropuot": 0.2}}, "fusion.dropuot: is not an argument of ConcatFusion"),
        ({"head": "regression"}, "head.type: RegressionHead is for tasks of the kind 'regression', the data's is"),
    ],
)
def test_errors_of_components_name_the_key(components: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_model(components)
    assert str(caught.value).startswith(message)


def test_a_model_needs_an_encoder() -> None:
    encoder = Encoder.from_params("tiny", texts=TEXTS).load()
    with pytest.raises(ConfigurationError, match=r"^encoder: a model needs an encoder"):
        SpanModel.assemble(encoder, {"aggregator": "none"}, ("no", "yes"))


def test_an_unknown_architecture_in_a_saved_config_is_rejected(tmp_path: Path) -> None:
    build_model().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"model_type": "bert"', '"model_type": "bert-9"'))
    with pytest.raises(ConfigurationError, match=r"backbone.model_type: the saved encoder is of the kind 'bert-9'"):
        SpanModel.from_pretrained(tmp_path)


def test_a_folder_of_another_kind_of_model_is_rejected(tmp_path: Path) -> None:
    build_model().encoder.backbone.save_pretrained(tmp_path)
    with pytest.raises(ConfigurationError, match=r"this is not the config of a span model\. give a folder that"):
        SpanModel.from_pretrained(tmp_path)


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    build_model().save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["head.scorer.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigurationError, match=r"lacks 1 of its weights, such as head\.scorer\.weight"):
        SpanModel.from_pretrained(tmp_path)


def test_the_default_config_can_be_serialized() -> None:
    assert SpanModelConfig().to_diff_dict()["model_type"] == "spanreg"


class WrappingEncoder(Encoder):
    """Encoder of a user: an inner encoder with maximum pooling."""

    def __init__(self, inner: Encoder) -> None:
        super().__init__()
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        if name in ("tokenizer", "config", "dim", "max_tokens", "backbone"):
            return getattr(self.inner, name)
        return super().__getattr__(name)

    def load(self) -> Encoder:
        self.inner.load()
        return self

    def restore(self, config: BertConfig) -> Encoder:
        self.inner.restore(config)
        return self

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> EncoderOutput:
        encoded: EncoderOutput = self.inner(input_ids, attention_mask, token_type_ids)
        return EncoderOutput(encoded.tokens, encoded.tokens.amax(1))


def test_a_wrapping_encoder_is_saved_and_loaded(tmp_path: Path) -> None:
    Encoder.register("wrapping")(WrappingEncoder)
    components = {"encoder": {"type": "wrapping", "inner": {"type": "tiny"}}}
    encoder = Encoder.from_params(components["encoder"], texts=TEXTS)
    model = SpanModel.assemble(encoder.load(), components, ("no", "yes")).eval()
    model.save_pretrained(tmp_path)
    loaded = SpanModel.from_pretrained(tmp_path)
    assert isinstance(loaded.encoder.backbone, BertModel)
    with torch.no_grad():
        assert torch.equal(loaded(**tokenize_texts(model)).logits, model(**tokenize_texts(model)).logits)


def test_transformers_trainer_trains_the_model(tmp_path: Path) -> None:
    model = build_model({"encoder": {"type": "tiny"}})
    batch = tokenize_texts(model)
    labels = torch.tensor([0, 1, 1])
    examples = [{**{name: batch[name][row] for name in batch}, "labels": labels[row]} for row in range(3)]
    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=25, learning_rate=5e-3, report_to=[], use_cpu=True, disable_tqdm=True
    )
    trainer = Trainer(model, arguments, train_dataset=examples, eval_dataset=examples)
    trainer.train()
    predicted = trainer.predict(examples)
    assert predicted.predictions.shape == (3, 2)
    assert predicted.predictions.argmax(-1).tolist() == labels.tolist()


def test_logits_are_float32_under_autocast() -> None:
    """Logits rounded to bfloat16 would tie, which changes a rank correlation."""
    model = build_model(labels=()).eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        output = model(**tokenize_texts(model), labels=torch.tensor([0.0, 1.0, 1.0]))
    assert output.logits.dtype == torch.float32
    assert not torch.equal(output.logits, output.logits.bfloat16().float())
