"""Writer of archives in the layout of AllenNLP 2.x, for tests; allennlp itself is not installed."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

CONFIG: dict[str, Any] = {
    "dataset_reader": {
        "type": "boolq",
        "token_indexers": {"tokens": {"type": "pretrained_transformer", "model_name": "roberta-base"}},
    },
    "train_data_path": "data/train.jsonl",
    "validation_data_path": "data/dev.jsonl",
    "model": {"type": "bag_of_words", "dim": 3},
    "data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 16}},
    "trainer": {
        "num_epochs": 20,
        "patience": 3,
        "validation_metric": "+accuracy",
        "optimizer": {"type": "huggingface_adamw", "lr": 2e-5, "weight_decay": 0.1},
        "learning_rate_scheduler": {"type": "slanted_triangular"},
        "cuda_device": 0,
    },
    "random_seed": 7,
    "evaluate_on_test": True,
}
VOCABULARY = {
    "non_padded_namespaces": "*tags\n*labels\n",
    "tokens": "@@UNKNOWN@@\nthe\nfox\na@@NEWLINE@@b\n\x85\n",
    "labels": "no\nyes\n",
}


def model_weights() -> dict[str, torch.Tensor]:
    """Return the weights of the model in ``CONFIG``."""
    torch.manual_seed(0)
    return {"embedding.weight": torch.randn(6, 3), "scorer.weight": torch.randn(2, 3), "scorer.bias": torch.randn(2)}


def torch_bytes(value: Any) -> bytes:
    """Return a value as ``torch.save`` writes it."""
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def archive_files(changes: Mapping[str, bytes | None] | None = None) -> dict[str, bytes]:
    """Return the files of an archive; ``changes`` has other contents by name, or None to leave a file out."""
    files: dict[str, bytes | None] = {
        "config.json": json.dumps(CONFIG).encode(),
        "weights.th": torch_bytes(model_weights()),
        **{f"vocabulary/{name}.txt": text.encode() for name, text in VOCABULARY.items()},
        "meta.json": b'{"version": "2.10.1"}',
        **(changes or {}),
    }
    return {name: content for name, content in files.items() if content is not None}


def write_archive(path: Path, files: Mapping[str, bytes], *extra: tarfile.TarInfo, prefix: str = "") -> Path:
    """Write an archive, and return its path.

    Args:
        path: the archive to write.
        files: contents by name.
        extra: further members, without content.
        prefix: beginning of the name of each file.
    """
    with tarfile.open(path, "w:gz") as archive:
        folder = tarfile.TarInfo(f"{prefix}vocabulary")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in extra:
            archive.addfile(member)
    return path
