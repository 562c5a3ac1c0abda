"""Layouts of checkpoints on the hub: the old one of SpanBERT, and unsupported ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForPreTraining, GPT2Config, GPT2Model

from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

WORDS = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "The", "Cat", "##s", "sat"]
FIELDS_OF_OLD_CONFIGS = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "model_type",
)


@pytest.fixture
def spanbert(tmp_path: Path) -> Path:
    """Return a checkpoint with a cased vocabulary but no tokenizer settings, pickled weights and a short config."""
    folder = tmp_path / "spanbert-base-cased"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    torch.manual_seed(0)
    model = BertForPreTraining(
        BertConfig(
            vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
        )
    )
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    fields = model.config.to_dict()
    (folder / "config.json").write_text(
        json.dumps({name: fields[name] for name in FIELDS_OF_OLD_CONFIGS} | {"directionality": "bidi"})
    )
    return folder


def test_a_checkpoint_in_the_layout_of_spanbert_is_trained(spanbert: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = {"type": "pretrained", "model": str(spanbert), "lowercase": False}
    encoder = Encoder.from_params(options).load()
    assert encoder.tokenizer.tokenize("The cats sat") == ["The", "cat", "##s", "sat"]
    saved = torch.load(spanbert / "pytorch_model.bin")
    weights = encoder.backbone.state_dict()
    assert all(torch.equal(saved[f"bert.{name}"], weights[name]) for name in weights)
    model = SpanModel.assemble(encoder, {"encoder": options, "aggregator": "hierarchical_cnn"}, ["no", "yes"])
    batch = encoder.tokenizer(["The cats sat"], return_tensors="pt")
    model(**batch, span_ids=torch.tensor([[0, 1, 2, 2, 3, 4]]), labels=torch.tensor([1])).loss.backward()
    assert all(weight.grad is not None for weight in model.parameters())
    assert not caplog.text


def test_the_choice_of_letter_case_is_saved_with_the_tokenizer(spanbert: Path, tmp_path: Path) -> None:
    Encoder.from_params({"model": str(spanbert), "lowercase": False}).tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text((spanbert / "config.json").read_text())
    assert Encoder.from_params({"model": str(tmp_path)}).tokenizer.tokenize("The Cat") == ["The", "Cat"]


def test_lower_casing_with_a_cased_vocabulary_is_logged(spanbert: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert Encoder.from_params({"model": str(spanbert)}).tokenizer.tokenize("The Cat") == ["the", "cat"]
    assert "lower-cases text, but 2 of its 5 words have capital letters. Did you mean 'lowercase: false'" in caplog.text


@pytest.fixture
def decoder(tmp_path: Path) -> Path:
    """Return a GPT-2 in the layout of the hub, with byte pairs and without a padding token."""
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate("abcĠ")}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel()
    backend.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 1024}')
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    GPT2Model(GPT2Config(vocab_size=4, n_embd=8, n_layer=1, n_head=2, n_positions=16, **ends)).save_pretrained(tmp_path)
    return tmp_path


def error_message(options: dict[str, Any]) -> str:
    """Return the message with which an encoder is refused."""
    with pytest.raises(ConfigurationError) as caught:
        Encoder.from_params(options).tokenizer  # noqa: B018
    return str(caught.value)


def test_a_generative_decoder_is_refused(decoder: Path) -> None:
    assert error_message({"model": str(decoder)}) == (
        f"model: the tokenizer of '{decoder}' has no padding token, as is common for models that generate text. use "
        "an encoder, or save the tokenizer with a pad_token into a folder with the model"
    )


def test_lower_casing_that_a_tokenizer_does_not_support_is_refused(decoder: Path) -> None:
    settings = {"model_max_length": 1024, "pad_token": "a"}
    (decoder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert error_message({"model": str(decoder), "lowercase": True}) == (
        f"lowercase: the tokenizer of '{decoder}' always keeps the case of text. remove the key"
    )


def test_the_tokenizer_of_the_tiny_encoder_logs_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    encoder = TinyEncoder(["The cat sat on the mat"]).load()
    encoder.backbone.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    assert Encoder.from_params({"model": str(tmp_path), "lowercase": True}).tokenizer.tokenize("The") == ["the"]
    Encoder.from_params({"model": str(tmp_path)}).tokenizer  # noqa: B018
    assert not caplog.text
