"""Translation of AllenNLP's configs: the config of spanreg, and a note on each part that it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import spanreg
from registry_tests.integrations.allennlp.archives import CONFIG, archive_files, write_archive
from spanreg.integrations.allennlp import read_archive
from spanreg.integrations.allennlp.translation import translate


def test_a_classifier_is_translated_with_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in ("train", "dev"):
        (tmp_path / "data" / f"{name}.jsonl").write_text('{"text": "a", "label": "no"}\n', encoding="utf-8")
    found = read_archive(write_archive(tmp_path / "model.tar.gz", archive_files())).translated()
    assert found.values == {
        "data": {
            "type": "jsonl",
            "files": {"train": "data/train.jsonl", "validation": "data/dev.jsonl"},
            "labels": ["no", "yes"],
        },
        "encoder": {"type": "pretrained", "model": "roberta-base"},
        "training": {
            "epochs": 20,
            "patience": 3,
            "learning_rate": 2e-5,
            "weight_decay": 0.1,
            "batch_size": 16,
            "load": "best",
        },
        "seed": 7,
    }
    assert spanreg.check(found.values) == []
    assert [note.partition(":")[0] for note in found.notes] == [
        "dataset_reader.type 'boolq'",
        "trainer.validation_metric '+accuracy'",
        "trainer.learning_rate_scheduler 'slanted_triangular'",
        "dataset_reader",
        "model",
        "data_loader",
        "trainer",
        "evaluate_on_test",
        "aggregator",
    ]


@pytest.mark.parametrize(
    ("config", "values"),
    [
        (
            {"dataset_reader": {"type": "conll2003"}, "train_data_path": "train.txt"},
            {"data": {"type": "conll", "files": {"train": "train.txt"}}},
        ),
        (
            {"train_data_path": "a.tsv", "test_data_path": "b.tsv"},
            {"data": {"type": "tsv", "files": {"train": "a.tsv", "test": "b.tsv"}, "labels": ["x", "y"]}},
        ),
        ({"data_loader": {"batch_size": 4}}, {"training": {"batch_size": 4}}),
        ({"trainer": {"num_epochs": "ten", "patience": True}, "random_seed": "x"}, {"training": {}}),
        ({"trainer": "gradient_descent", "model": ["x"], "data_loader": None}, {"training": {}}),
    ],
    ids=["tagger", "suffix", "batches", "wrong types", "wrong shapes"],
)
def test_parts_of_a_config_are_translated(config: dict[str, Any], values: dict[str, Any]) -> None:
    found = translate(config, ["x", "y"])
    assert {key: found.values[key] for key in values} == values


def test_the_first_of_several_transformers_becomes_the_encoder() -> None:
    model = [{"type": "pretrained_transformer", "model_name": name} for name in ("bert-base-cased", "gpt2")]
    found = translate({**CONFIG, "model": {"parts": model}, "dataset_reader": "snli"}, [])
    assert found.values["encoder"]["model"] == "bert-base-cased"
    assert "encoder.model: 'bert-base-cased' is used, and gpt2 left out" in found.notes
