"""Translate the parts of an AllenNLP config that have a counterpart into a config of spanreg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

_READERS: Final = {"conll2000": "conll", "conll2003": "conll", "sequence_tagging": "conll"}
"Readers of spanreg for registered names of AllenNLP."
_FORMATS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".parquet": "parquet", ".txt": "conll"}
"Readers of spanreg by the suffix of the data."
_PATHS: Final = {"train_data_path": "train", "validation_data_path": "validation", "test_data_path": "test"}
_ENCODERS: Final = ("pretrained_transformer", "pretrained_transformer_mismatched")
_TRAINER: Final = {
    "num_epochs": "epochs",
    "patience": "patience",
    "grad_norm": "clip",
    "num_gradient_accumulation_steps": "accumulation",
    "optimizer.lr": "learning_rate",
    "optimizer.weight_decay": "weight_decay",
}
"Keys of ``trainer`` and their counterparts in ``training``."
_WITHOUT_COUNTERPART: Final = {
    "dataset_reader": "the reader's tokenizer and indexers: the encoder's own tokenizer is used",
    "model": "the model: encoder, aggregator, fusion and head take its place",
    "vocabulary": "options of the vocabulary: labels are read from the data",
    "data_loader": "the data loader: batches are made by training.batch_size",
    "validation_data_loader": "the validation data loader: see training.evaluation_batch_size",
    "trainer": "options of the trainer",
}


@dataclass(frozen=True, slots=True)
class TranslatedConfig:
    """A config of spanreg, with notes on the parts of the AllenNLP config that it lacks.

    ``read_archive("model.tar.gz").translated().values``
    """

    values: dict[str, Any]
    "The config; ``spanreg.check`` reports what has to be added."
    notes: tuple[str, ...]
    "A line for each part of the AllenNLP config that has no counterpart, or that has to be decided."


def translate(config: Mapping[str, Any], labels: Sequence[str]) -> TranslatedConfig:
    """Return a config of spanreg for the encoder, the data and the training of an AllenNLP config.

    Args:
        config: the AllenNLP config.
        labels: its labels, in the order of their ids.
    """
    notes: list[str] = []
    values: dict[str, Any] = {
        "data": _data(config, labels, notes),
        "encoder": _encoder(config, notes),
        "training": _training(config, notes),
    }
    if isinstance(seed := config.get("random_seed", config.get("pytorch_seed")), int):
        values["seed"] = seed
    notes += [f"{key}: {text}" for key, text in _WITHOUT_COUNTERPART.items() if key in config]
    known = {*_WITHOUT_COUNTERPART, *_PATHS, "random_seed", "numpy_seed", "pytorch_seed"}
    notes += [f"{key}: has no counterpart" for key in config if key not in known]
    notes.append("aggregator: none is set; add one, a dictionary and a segmenter to use spans")
    return TranslatedConfig(values, tuple(notes))


def _data(config: Mapping[str, Any], labels: Sequence[str], notes: list[str]) -> dict[str, Any]:
    """Return the config of the reader, and note what its author has to decide."""
    files = {split: config[key] for key, split in _PATHS.items() if isinstance(config.get(key), str)}
    name = str(_type(config.get("dataset_reader")) or "")
    suffix = PurePosixPath(files["train"]).suffix if "train" in files else ""
    kind = _READERS.get(name) or _FORMATS.get(suffix, "jsonl")
    if name not in _READERS:
        notes.append(f"dataset_reader.type '{name}': read as {kind}, by the suffix of the data; name its columns")
    if not files:
        notes.append("train_data_path: there is none; name the files in data.files")
    # The labels of a tagger are those of chunks, which the reader orders itself.
    known = {"labels": list(labels)} if labels and kind != "conll" else {}
    return {"type": kind, "files": files, **known}


def _encoder(config: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Return the config of the encoder: the first pretrained transformer of the config."""
    names = list(dict.fromkeys(_transformers(config)))
    if not names:
        notes.append("encoder.model: the config has no pretrained transformer; name one")
        # A placeholder: the config can be read, and the note names what to replace.
        return {"type": "pretrained", "model": "bert-base-uncased"}
    if len(names) > 1:
        notes.append(f"encoder.model: '{names[0]}' is used, and {', '.join(names[1:])} left out")
    return {"type": "pretrained", "model": names[0]}


def _transformers(value: Any) -> Iterator[str]:
    """Yield the names of all pretrained transformers in a config."""
    if isinstance(value, Mapping):
        if value.get("type") in _ENCODERS and isinstance(value.get("model_name"), str):
            yield value["model_name"]
        for inner in value.values():
            yield from _transformers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _transformers(inner)


def _training(config: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Return the training options that have a counterpart."""
    trainer = config.get("trainer") if isinstance(config.get("trainer"), Mapping) else {}
    found = {own: value for key, own in _TRAINER.items() if _is_number(value := _at(trainer, key))}
    # The sampler's comes first: with one, AllenNLP allows no batch size of the loader.
    sampler = _at(config, "data_loader.batch_sampler.batch_size")
    size = sampler if sampler is not None else _at(config, "data_loader.batch_size")
    if _is_number(size):
        found["batch_size"] = size
    if isinstance(metric := _at(trainer, "validation_metric"), str) and metric.startswith("+"):
        notes.append(f"trainer.validation_metric '{metric}': AllenNLP keeps the best epoch; that is load: 'best' here")
        found["load"] = "best"
    if scheduler := _type(_at(trainer, "learning_rate_scheduler")):
        notes.append(f"trainer.learning_rate_scheduler '{scheduler}': the default here is linear, with a warm-up")
    return found


def _at(value: Any, path: str) -> Any:
    """Return the value at a dotted key, or None."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _type(component: Any) -> Any:
    return component.get("type") if isinstance(component, Mapping) else component


def _is_number(value: Any) -> bool:
    # bool is a subclass of int.
    return isinstance(value, int | float) and not isinstance(value, bool)
