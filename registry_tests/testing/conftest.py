"""Fixtures of the tests of ``spanreg.testing``: violations that it reports, and files for components that need data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.registry import Registrable
from spanreg.testing import ContractError, check_component

BrokenLaws = Callable[..., dict[str, str]]


@pytest.fixture
def broken_laws() -> BrokenLaws:
    """Return a function that checks a component and returns the observed behaviour by the name of each broken law."""

    def violations(cls: type[Registrable], config: dict[str, Any] | None = None, **extras: Any) -> dict[str, str]:
        with pytest.raises(ContractError) as caught:
            check_component(cls, config, **extras)
        return {broken.law: broken.seen for broken in caught.value.broken}

    return violations


@pytest.fixture(scope="session")
def required_options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the options of the components that have required ones, by family and name."""
    folder = tmp_path_factory.mktemp("files")
    tables = write_tables(folder)
    phrases = folder / "phrases.txt"
    phrases.write_text("of the\nin the end\nthe old man\na a\n", encoding="utf-8")
    corpus = folder / "corpus.txt"
    corpus.write_text("in the end the old man sat\nthe old man and the sea in the end\n" * 5, encoding="utf-8")
    gold = folder / "gold.jsonl"
    gold.write_text(json.dumps({"text": "word", "spans": [[0, 4]]}), encoding="utf-8")
    words = folder / "words.txt"
    words.write_text("the B-NP\nold I-NP\nman I-NP\nsat O\n\n" * 20, encoding="utf-8")
    phrase_file = {"type": "file", "path": str(phrases)}
    readers = {kind: {"files": tables[kind], "labels": ["no", "yes"]} for kind in ("csv", "tsv", "jsonl", "parquet")}
    return {
        **{f"data {kind}": options for kind, options in readers.items()},
        "data conll": {"files": {"train": str(words)}},
        "data glue": {"task": "mrpc", "path": str(folder / "glue")},
        "data snli": {"path": str(folder / "snli")},
        "data held_out": {"data": {"type": "demo", "limit": 30}},
        "data folds": {"data": {"type": "demo", "limit": 30}},
        "data hub": {"path": str(folder / "hub"), "labels": ["no", "yes"]},
        "encoder pretrained": {"model": str(write_encoder(folder / "bert"))},
        "encoder lora": {"encoder": {"type": "tiny", "dim": 16, "layers": 1}, "rank": 2},
        "dictionary file": {"path": str(phrases)},
        "dictionary filtered": {"dictionary": phrase_file},
        "dictionary ngram": {"corpus": str(corpus), "scores": ["pmi"]},
        "dictionary task_adapted": {"data": {"type": "demo", "limit": 30}, "background": phrase_file},
        **{f"dictionary {kind}": {"dictionaries": [phrase_file, phrase_file]} for kind in ("union", "intersection")},
        "dictionary difference": {"dictionaries": [phrase_file, {"type": "empty"}]},
        "callback transformers": {"callback": "transformers.TrainerCallback"},
        "segmenter multi": {"segmenters": ["single", "max_match"]},
        "segmenter released_max_match": {"dictionary": {**phrase_file, "words": "whitespace"}},
        "segmenter gold": {"path": str(gold), "otherwise": "single"},
    }


def write_tables(folder: Path) -> dict[str, dict[str, str]]:
    """Write tables in every format and in the layouts of GLUE, SNLI and the hub; return files by format and split."""
    rows = [{"text": f"text {row}", "label": row % 2, "idx": row} for row in range(6)]
    pairs = [{"sentence1": f"one {row}", "sentence2": f"two {row}", "label": row % 2, "idx": row} for row in range(6)]
    claims = [{"premise": f"one {row}", "hypothesis": f"two {row}", "label": row % 3} for row in range(6)]
    texts = {
        "csv": "\n".join(["text,label,idx", *(",".join(map(str, row.values())) for row in rows)]),
        "tsv": "\n".join(["text\tlabel\tidx", *("\t".join(map(str, row.values())) for row in rows)]),
        "jsonl": "\n".join(map(json.dumps, rows)),
    }
    files: dict[str, dict[str, str]] = {}
    for split in ("train", "validation"):
        for kind, text in texts.items():
            path = folder / f"{split}.{kind}"
            path.write_text(text + "\n", encoding="utf-8")
            files.setdefault(kind, {})[split] = str(path)
        for place, table in (("parquet", rows), ("hub", rows), ("glue/mrpc", pairs), ("snli", claims)):
            path = folder / place / f"{split}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(table), path)
        files.setdefault("parquet", {})[split] = str(folder / "parquet" / f"{split}.parquet")
    return files


def write_encoder(folder: Path) -> Path:
    """Write an encoder with random weights in the format of transformers; return its folder."""
    import torch

    from spanreg.encoders.tiny import TinyEncoder

    torch.manual_seed(0)
    encoder = TinyEncoder(["the cat sat on the mat", "a dog"], dim=16, layers=1).load()
    encoder.backbone.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)
    return folder
