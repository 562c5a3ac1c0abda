"""Mistakes in a user's own components: one message with config path, class, expected and actual value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main

PRELUDE = """
from __future__ import annotations
import torch
from datasets import Dataset
from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.data.base import DatasetReader, Task
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head, HeadOutput
from spanreg.registry import Runtime
from spanreg.segmenters.base import Segmenter

class Mean(Aggregator):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim
    def forward(self, tokens, span_ids):
        exists = torch.ones(len(tokens), 1, dtype=torch.bool)
        return AggregatorOutput(tokens.mean(1), tokens[:, :1], exists)

class Rows(DatasetReader):
    def __init__(self) -> None:
        self.task = Task("own", "classification", ("a", "b"), ("accuracy",), False)
    def splits(self):
        return ["train", "validation"]
    def read(self, split):
        return Dataset.from_dict(self.columns())
"""


def aggregator_module(body: str, init: str = "") -> str:
    """Return the source of a module with an aggregator; ``body`` and ``init`` replace parts of a correct one."""
    head = '\n@Aggregator.register("own")\nclass Own(Mean):\n'
    return PRELUDE + head + (f"    def __init__(self, {init}\n" if init else "") + f"    {body}\n"


def reader_module(columns: str) -> str:
    """Return the source of a module with a reader of these columns."""
    return (
        PRELUDE
        + f'\n@DatasetReader.register("own")\nclass Own(Rows):\n    def columns(self):\n        return {columns}\n'
    )


INIT = "dim: Runtime[int]) -> None:\n        super().__init__(dim); "
OWN_AGGREGATOR = {"aggregator": {"type": "own"}}
OWN_DATA = {"data": {"type": "own"}}
HINT = "spanreg.testing.check_component(Own) checks"
TEXTS = "'text': ['x y', 'z'] * 4"

DEFAULT_PARTS: dict[str, Any] = {"dictionary": None, "segmenter": "single"}

MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "wrong channels": (
        aggregator_module("pass", INIT + "self.channels = dim + 3"),
        OWN_AGGREGATOR,
        "aggregator: Own.forward: sequence has shape (3, 16), expected (batch = 3, channels = 19). ..." + HINT,
    ),
    "a Tensor for an AggregatorOutput": (
        aggregator_module("def forward(self, tokens, span_ids): return tokens.mean(1)"),
        OWN_AGGREGATOR,
        f"aggregator: Own.forward: returns a Tensor, expected an AggregatorOutput. ...{HINT}",
    ),
    "no Tensor in it": (
        aggregator_module("def forward(self, tokens, span_ids): return AggregatorOutput(tokens.mean(1), None)"),
        OWN_AGGREGATOR,
        "aggregator: Own.forward: spans is a NoneType, expected a Tensor. ",
    ),
    "no channels": (
        PRELUDE + '\n@Aggregator.register("own")\nclass Own(Aggregator):\n    forward = Mean.forward\n',
        OWN_AGGREGATOR,
        f"aggregator: Own raised AttributeError: 'Own' object has no attribute 'channels'. fix it; {HINT}",
    ),
    "an exception in __init__": (
        aggregator_module("pass", INIT + "raise KeyError('window')"),
        OWN_AGGREGATOR,
        f"aggregator: Own raised KeyError: 'window' (own.py:{len(PRELUDE.splitlines()) + 5}, in __init__). ",
    ),
    "no super().__init__": (
        aggregator_module("pass", "dim: Runtime[int]) -> None:\n        self.layer = torch.nn.Linear(dim, dim)"),
        OWN_AGGREGATOR,
        "aggregator: Own raised AttributeError: cannot assign module before Module.__init__() call (own.py:",
    ),
    "super().__init__ without its argument": (
        aggregator_module("pass", "dim: Runtime[int]) -> None:\n        Aggregator.__init__(self)"),
        OWN_AGGREGATOR,
        "aggregator: Own raised TypeError: Aggregator.__init__() missing 1 required positional argument: 'dim' (",
    ),
    "an exception in forward": (
        aggregator_module("def forward(self, tokens, span_ids): return torch.nn.Linear(7, 7)(tokens)"),
        OWN_AGGREGATOR,
        "aggregator: Own raised RuntimeError: mat1 and mat2 shapes cannot be multiplied (",
    ),
    "a property in place of a method": (
        PRELUDE + '\n@Aggregator.register("own")\nclass Own(Mean):\n    @property\n    def forward(self): return 3\n',
        OWN_AGGREGATOR,
        "aggregator: Own.forward is a property, and its base class has a method. write a method",
    ),
    "a value in place of a method": (
        PRELUDE + '\n@Aggregator.register("own")\nclass Own(Mean):\n    forward = 3\n',
        OWN_AGGREGATOR,
        "aggregator: Own.forward is a value, and its base class has a method. write a method",
    ),
    "a method in place of a property": (
        PRELUDE + '\n@Aggregator.register("own")\nclass Own(Mean):\n    def span_channels(self): return 3\n',
        OWN_AGGREGATOR,
        "aggregator: Own.span_channels is a method, and its base class has a property. write a property",
    ),
    "not registered": (
        PRELUDE + "\nclass OwnMean(Mean): pass\n",
        {"aggregator": "own_mean"},
        "aggregator: 'own_mean' is not registered for Aggregator. ...the class OwnMean in own.py is not registered: "
        'write @Aggregator.register("own_mean") above it',
    ),
    "not registered, and called by its class": (
        PRELUDE + "\nclass OwnMean(Mean): pass\n",
        {"aggregator": "OwnMeans"},
        '...the class OwnMean in own.py is not registered: write @Aggregator.register("own_mean") above it',
    ),
    "register without a call": (
        PRELUDE + "\n@Aggregator.register\nclass OwnMean(Mean): pass\n",
        {},
        'OwnMean is registered for Aggregator without a name. write @Aggregator.register("own_mean") above it',
    ),
    "an annotation that is not there": (
        aggregator_module("pass", "dim: Runtime[int], window: Window = 3) -> None:\n        super().__init__(dim)"),
        OWN_AGGREGATOR,
        "aggregator: the annotation 'Window' of Own.__init__ has an undefined name",
    ),
    "wrong out_dim": (
        PRELUDE + '\n@Fusion.register("own")\nclass Own(Fusion):\n    out_dim = 5\n'
        "    def forward(self, sentence, aggregated): return sentence\n",
        {"fusion": "own"},
        "fusion: Own.forward: the result has shape (3, 16), expected (batch = 3, out_dim = 5). ",
    ),
    "no out_dim": (
        PRELUDE + '\n@Fusion.register("own")\nclass Own(Fusion):\n'
        "    def forward(self, sentence, aggregated): return sentence\n",
        {"fusion": "own"},
        "fusion: Own raised AttributeError: 'Own' object has no attribute 'out_dim'. ",
    ),
    "logits of another width": (
        PRELUDE + '\n@Head.register("own")\nclass Own(Head):\n'
        "    def forward(self, features, labels=None): return HeadOutput(features, None)\n"
        "    def predict(self, logits): return logits.argmax(-1)\n",
        {"head": "own"},
        "head: Own.forward: logits has shape (3, ",
    ),
    "no idx": (
        reader_module(f"{{{TEXTS}, 'label': [0, 1] * 4}}"),
        OWN_DATA,
        f"data: Own: read('train') returns no column 'idx' (int64); columns: text, label. ...{HINT} all of it",
    ),
    "string labels": (
        reader_module(f"{{{TEXTS}, 'label': ['a', 'b'] * 4, 'idx': list(range(8))}}"),
        OWN_DATA,
        "data: Own: read('train') returns the column 'label' of string, expected int64. ",
    ),
    "labels out of range": (
        reader_module(f"{{{TEXTS}, 'label': [0, 2] * 4, 'idx': list(range(8))}}"),
        OWN_DATA,
        "data: Own: read('train') returns labels from 0 to 2, expected ids from 0 to 1, or -1 where unknown. ",
    ),
    "a list for a data set": (
        PRELUDE + '\n@DatasetReader.register("own")\nclass Own(Rows):\n    def read(self, split): return []\n',
        OWN_DATA,
        "data: Own: read('train') returns a list, expected a datasets.Dataset. ",
    ),
    "an exception in read": (
        PRELUDE + '\n@DatasetReader.register("own")\nclass Own(Rows):\n    def read(self, split): return {}[split]\n',
        OWN_DATA,
        "data: Own raised KeyError: 'train' (own.py:",
    ),
    "no task": (
        PRELUDE + '\n@DatasetReader.register("own")\nclass Own(Rows):\n    def __init__(self) -> None: pass\n',
        OWN_DATA,
        "data: Own: has no 'task', expected a Task. set self.task = Task(...) in __init__. ",
    ),
    "an exception in a segmenter": (
        PRELUDE + '\n@Segmenter.register("own")\nclass Own(Segmenter):\n'
        "    def begins(self, words): raise IndexError('beyond')\n    def fingerprint(self): return 'own'\n",
        {"segmenter": "own"},
        "segmenter: Own raised IndexError: beyond (own.py:",
    ),
}
"By the mistake: source of the user's module, parts of the config, and parts of the message, separated by ``...``."


@pytest.fixture
def train(
    tmp_path: Path, make_config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Return a function that trains with a user's module in the working directory, and returns the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(module: str, **parts: Any) -> int:
        config = make_config({"max_tokens": 128, "max_steps": 1}, **{**DEFAULT_PARTS, **parts})
        (tmp_path / "own.py").write_text(module, encoding="utf-8")
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return main(["train", "config.json", "-s", "run", "--include-package", "own.py", "-q"])

    return run


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_in_one_message(
    name: str, train: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module, parts, message = MISTAKES[name]
    assert train(module, **parts) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    for part in message.split("..."):
        assert part in error
    assert not (tmp_path / "run").exists()


def test_a_correct_component_trains(train: Callable[..., int]) -> None:
    assert train(aggregator_module("pass"), aggregator="own") == 0
