"""Loading a saved model runs no code, regardless of its config."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

import spanreg.integrations.transformers  # noqa: F401  (registers the auto classes)
from spanreg.encoders.base import Encoder
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

FAMILIES = ("encoder", "aggregator", "fusion", "head")
LOADERS: list[Callable[..., Any]] = [
    SpanModel.from_pretrained,
    AutoModel.from_pretrained,
    AutoModelForSequenceClassification.from_pretrained,
]
ConfigChange = Callable[[dict[str, Any]], None]
CopyModel = Callable[[ConfigChange], Path]


class FolderMakingPickle:
    """Object whose pickle creates the folder ``canary`` in the working directory when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("canary",)


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a saved model; tests copy it."""
    encoder = Encoder.from_params({"type": "tiny", "dim": 8, "layers": 1}, texts=["a text"]).load()
    folder = tmp_path_factory.mktemp("saved")
    model = SpanModel.assemble(encoder, {"encoder": {"type": "tiny", "dim": 8, "layers": 1}}, ("no", "yes"))
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def copy_with_config(saved_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CopyModel:
    """Return a function that copies the model with a changed config. The working directory is ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def edit(change: ConfigChange) -> Path:
        folder = tmp_path / "model"
        folder.mkdir()
        for file in saved_model.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        config = json.loads((folder / "config.json").read_text())
        change(config)
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return edit


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_dotted_name_of_another_class_is_rejected_and_not_called(
    copy_with_config: CopyModel, tmp_path: Path, family: str, loader: Callable[..., Any]
) -> None:
    hostile = {"type": "os.system", "command": "touch canary"}
    folder = copy_with_config(lambda config: config["components"].update({family: hostile}))
    with pytest.raises(ConfigurationError, match=rf"^{family}.type: 'os.system' is not a subclass of .* --include-pac"):
        loader(folder, trust_remote_code=False)
    assert not (tmp_path / "canary").exists()


def test_a_component_of_another_package_is_not_imported(copy_with_config: CopyModel, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("import os\nos.mkdir('canary')\n")
    folder = copy_with_config(lambda config: config["components"].update(fusion="planted.Fusion"))
    with pytest.raises(ConfigurationError, match="add --include-package planted"):
        SpanModel.from_pretrained(folder)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("inside", ["", "backbone"])
@pytest.mark.parametrize("key", ["attn_implementation", "experts_implementation"])
def test_kernels_from_the_hub_are_rejected(copy_with_config: CopyModel, key: str, inside: str) -> None:
    def change(config: dict[str, Any]) -> None:
        (config[inside] if inside else config)[key] = "somebody/kernels:attention"

    with pytest.raises(ConfigurationError, match=f"{key}: 'somebody/kernels:attention' is code from the hub"):
        SpanModel.from_pretrained(copy_with_config(change))


def test_config_fields_that_name_code_are_removed(copy_with_config: CopyModel) -> None:
    code = {
        "auto_map": {"AutoModel": "somebody/repo--modeling.Model", "AutoConfig": "config.Config"},
        "quantization_config": {"quant_method": "gptq", "bits": 4},
        "_attn_implementation": "somebody/kernels",
        "_attn_implementation_internal": "somebody/kernels",
    }

    def change(config: dict[str, Any]) -> None:
        config.update(code)
        config["backbone"].update(code, text_config=dict(code))

    folder = copy_with_config(change)
    for config in (SpanModel.from_pretrained(folder).config, AutoConfig.from_pretrained(folder)):
        for part in (config, config.backbone):
            assert not {"auto_map", "quantization_config"} & {*vars(part)}
            assert part._attn_implementation != "somebody/kernels"
        assert config.backbone.text_config == {}


@pytest.fixture
def with_pickles(copy_with_config: CopyModel) -> Path:
    """Return a copy of the model beside pickles with names by which libraries find them."""
    folder = copy_with_config(lambda config: None)
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "adapter_model.bin"):
        (folder / name).write_bytes(pickle.dumps(FolderMakingPickle()))
    return folder


def test_pickles_beside_the_weights_are_not_loaded(with_pickles: Path, tmp_path: Path) -> None:
    SpanModel.from_pretrained(with_pickles)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("loader", LOADERS)
def test_pickled_weights_are_not_loaded(with_pickles: Path, tmp_path: Path, loader: Callable[..., Any]) -> None:
    weights = SpanModel.from_pretrained(with_pickles).state_dict()
    (with_pickles / "model.safetensors").unlink()
    torch.save(weights, with_pickles / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        loader(with_pickles)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("loader", LOADERS)
def test_a_pickle_named_model_safetensors_is_rejected(
    with_pickles: Path, tmp_path: Path, loader: Callable[..., Any]
) -> None:
    (with_pickles / "model.safetensors").write_bytes(pickle.dumps(FolderMakingPickle()))
    with pytest.raises(Exception, match="header"):
        loader(with_pickles)
    assert not (tmp_path / "canary").exists()


def test_an_adapter_is_rejected(copy_with_config: CopyModel) -> None:
    folder = copy_with_config(lambda config: None)
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "somebody/else", "peft_type": "LORA"}')
    with pytest.raises(
        ConfigurationError, match="there is adapter_config.json in .*, which a saved span model does not have"
    ):
        SpanModel.from_pretrained(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config: config["components"].pop("head"), "this is not the config of a span model"),
        (
            lambda config: config.update(backbone={"model_type": "t5"}),
            "'t5' has a decoder, which needs inputs of its own",
        ),
        (
            lambda config: config["backbone"].update(model_type="t5"),
            "config of the saved encoder does not fit",
        ),
        (lambda config: config["backbone"].update(num_hidden_layers=10**6), "num_hidden_layers: is 1e.06, more than"),
        (lambda config: config["backbone"].update(num_hidden_layers=10**30), "num_hidden_layers: is 1e.30, more than"),
        # Earlier versions of transformers need further fields to read this kind.
        (lambda config: config["backbone"].update(model_type="rag"), "transformers has no AutoModel for|fit its kind"),
        (lambda config: config.update(max_tokens=[[]]), "max_tokens: expected an integer of at least 0, got a list"),
        (lambda config: config.update(span_layers="1"), "span_layers: expected an integer of at least 0, got"),
    ],
)
def test_invalid_model_configs_are_rejected(copy_with_config: CopyModel, change: ConfigChange, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SpanModel.from_pretrained(copy_with_config(change))
