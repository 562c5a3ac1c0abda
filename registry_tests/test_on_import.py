"""Imports that follow others, and what they are for: transformers finds span models after ``import spanreg``."""

from __future__ import annotations

import subprocess
import sys

import pytest

CLASSES = "from transformers import AutoModel, AutoModelForSequenceClassification, CONFIG_MAPPING"
LOOK = "from spanreg.model import SpanModel, SpanModelConfig; assert 'spanreg' in CONFIG_MAPPING; "
LOOK += "assert AutoModelForSequenceClassification._model_mapping[SpanModelConfig] is SpanModel"
BY_US = "import transformers.pipelines as p; "
BY_US += "impl = p.PIPELINE_REGISTRY.supported_tasks['text-classification']['impl']; "
BY_US += "assert impl.__module__ == 'spanreg.integrations.transformers.pipeline'"


def python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "first",
    [
        f"import spanreg; {CLASSES}; {LOOK}; {BY_US}",
        f"{CLASSES}; import spanreg; {LOOK}",
        f"from spanreg.encoders.backbone import BackboneEncoder; {CLASSES}; {LOOK}",
        f"from spanreg.integrations.transformers.pipeline import TASK; {CLASSES}; {LOOK}; {BY_US}",
    ],
    ids=["first", "last", "by one of ours", "by the pipeline"],
)
def test_in_whatever_order(first: str) -> None:
    python(first)


def test_costs_nothing_where_transformers_is_not_used() -> None:
    python("import spanreg, sys; assert not {'torch', 'transformers'} & {*sys.modules}")


def test_the_leader_keeps_its_loader() -> None:
    python(
        "import sys; from spanreg.on_import import follow_import; follow_import('json.tool', 'colorsys'); "
        "assert 'colorsys' not in sys.modules; import json.tool, inspect; assert 'colorsys' in sys.modules; "
        "assert 'def main' in inspect.getsource(json.tool)"
    )
