"""The root package: lazy imports, public names, and ``spanreg.load``."""

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


def run_python(code: str) -> None:
    """Run code in a new interpreter, and fail with its errors."""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stderr


def test_import_loads_no_heavy_package_and_no_finder() -> None:
    run_python(
        "import sys; before = list(sys.meta_path); import spanreg; assert sys.meta_path == before\n"
        "heavy = {'torch', 'transformers', 'numpy', 'pyarrow', 'pandas'}\n"
        "assert not (heavy | {'spanreg.api'}) & {*sys.modules} and len(sys.modules) < 300\n"
        "assert spanreg.check({'data': 'demo'}) and spanreg.load_config({'a': 1}) and spanreg.Study\n"
        "assert spanreg.SpanDictionary.sample\n"
        "assert not {'torch', 'transformers', 'pandas'} & {*sys.modules}"
    )


def test_every_public_name_resolves() -> None:
    assert set(spanreg.__all__) <= set(dir(spanreg))
    assert [name for name in spanreg.__all__ if getattr(spanreg, name) is None] == []


def test_an_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'spanreg' has no attribute 'laod'"):
        spanreg.laod  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_every_name() -> None:
    tree = ast.parse(Path(spanreg.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    type_checked_names = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert type_checked_names == {**spanreg._HOMES, "components": "spanreg"}
    assert set(spanreg.__all__) == {*type_checked_names, "ConfigurationError", "__version__"}


def test_only_the_integration_registers_with_transformers_and_only_its_own_tasks() -> None:
    # In one process, because it spends five processor seconds on importing transformers.
    run_python(
        "import spanreg.training.serving.saved_run; from transformers import CONFIG_MAPPING\n"
        "from transformers.pipelines import PIPELINE_REGISTRY\n"
        "def ours(): return [name for name, task in PIPELINE_REGISTRY.supported_tasks.items()"
        " if 'spanreg' in str(task['impl'])]\n"
        "assert 'spanreg' not in CONFIG_MAPPING and ours() == []\n"
        "import spanreg.integrations.transformers as integration\n"
        "assert 'spanreg' in CONFIG_MAPPING and ours() == [integration.TASK, integration.TOKEN_TASK]"
    )


@pytest.mark.parametrize("model_only", [False, True])
def test_load_reads_a_run_folder_and_a_model_folder(finished: Path, tmp_path: Path, model_only: bool) -> None:
    folder = shutil.copytree(finished / "model", tmp_path / "model") if model_only else finished
    run = spanreg.load(str(folder))
    assert isinstance(run, SavedRun)
    np.testing.assert_array_equal(run.score(TEXTS).logits, SavedRun(finished).score(TEXTS).logits)


def test_load_rejects_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        spanreg.load(tmp_path / "run")
