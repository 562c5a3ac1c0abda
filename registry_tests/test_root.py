"""``import spanreg`` changes nothing outside of the package; ``spanreg.load`` loads runs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import spanreg
from spanreg.registry import ConfigurationError
from spanreg.training.serving.saved_run import SavedRun

TEXTS = ["the red fox ran", "by and large"]


def python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_import_changes_nothing() -> None:
    python(
        "import sys; before = list(sys.meta_path); import spanreg; assert sys.meta_path == before\n"
        "heavy = {'torch', 'transformers', 'numpy', 'pyarrow', 'pandas'}\n"
        "assert not (heavy | {'spanreg.api'}) & {*sys.modules} and len(sys.modules) < 300\n"
        "assert spanreg.check({'data': 'demo'}) and spanreg.load_config({'a': 1}) and spanreg.Study\n"
        "assert spanreg.SpanDictionary.sample\n"
        "assert not {'torch', 'transformers', 'pandas'} & {*sys.modules}"
    )


def test_every_name_is_there() -> None:
    assert set(spanreg.__all__) <= set(dir(spanreg))
    assert [name for name in spanreg.__all__ if getattr(spanreg, name) is None] == []


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="module 'spanreg' has no attribute 'laod'"):
        spanreg.laod  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_every_name() -> None:
    tree = ast.parse(Path(spanreg.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    shown = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert shown == {**spanreg._HOMES, "components": "spanreg"}
    assert set(spanreg.__all__) == {*shown, "ConfigurationError", "__version__"}


def test_transformers_keeps_its_pipeline() -> None:
    python(
        "import spanreg.integrations.transformers as ours; from transformers import AutoModel, CONFIG_MAPPING\n"
        "from transformers.pipelines import PIPELINE_REGISTRY\n"
        "tasks = {name: str(task['impl']) for name, task in PIPELINE_REGISTRY.supported_tasks.items()}\n"
        "assert [name for name, impl in tasks.items() if 'spanreg' in impl] == [ours.TASK, ours.TOKEN_TASK]\n"
        "assert 'spanreg' in CONFIG_MAPPING"
    )


def test_only_the_integration_registers() -> None:
    python(
        "import spanreg.training.serving.saved_run; from transformers import CONFIG_MAPPING\n"
        "assert 'spanreg' not in CONFIG_MAPPING"
    )


@pytest.mark.parametrize("alone", [False, True])
def test_load(finished: Path, tmp_path: Path, alone: bool) -> None:
    folder = shutil.copytree(finished / "model", tmp_path / "model") if alone else finished
    run = spanreg.load(str(folder))
    assert isinstance(run, SavedRun)
    np.testing.assert_array_equal(run.score(TEXTS).logits, SavedRun(finished).score(TEXTS).logits)


def test_load_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        spanreg.load(tmp_path / "run")
