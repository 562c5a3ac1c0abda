"""Fixtures of the tests of studies: a config that trains in a second, and a function that plans studies of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import Params
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import read_study

CORPUS = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10


@pytest.fixture
def base(tmp_path: Path) -> dict[str, Any]:
    """Return a config that trains in a second."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(CORPUS, encoding="utf-8")
    return {
        "data": {"type": "demo", "limit": 32},
        "encoder": {"type": "tiny", "dim": 16, "layers": 1},
        "dictionary": {"type": "ngram", "corpus": str(corpus)},
        "segmenter": {"type": "max_match", "direction": "forward"},
        "aggregator": {"type": "hierarchical_cnn", "kernel_size": 3},
        "training": {"epochs": 1, "batch_size": 16, "max_tokens": 32},
    }


@pytest.fixture
def make_plan(base: dict[str, Any]) -> Callable[..., StudyPlan]:
    """Return a function that plans a study of ``base`` with further keys of a study file."""

    def make(many: bool = False, **keys: Any) -> StudyPlan:
        params = Params({"base": base, **keys})
        return plan_study(read_study(params), params, many=many)

    return make
