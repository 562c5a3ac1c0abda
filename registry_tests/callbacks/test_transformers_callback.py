"""``TransformersCallback``: callbacks that a config names by their class."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import EarlyStoppingCallback

from spanreg.callbacks.transformers_callback import TransformersCallback
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError, Params, plan_params
from spanreg.training.config.experiment import Experiment

USER_MODULE = "from transformers import PrinterCallback, TrainerCallback\n\n\nclass Quiet(TrainerCallback):\n    pass\n"


def config_with(callback: str, **arguments: Any) -> dict[str, Any]:
    """Return a config with one callback."""
    entry = {"type": "transformers", "callback": callback, "arguments": arguments}
    return {"data": "demo", "encoder": "tiny", "training": {"callbacks": [entry]}}


def write_config(path: Path, callback: str) -> str:
    """Write a config with one callback, and return its path."""
    Params(config_with(callback)).to_file(path)
    return str(path)


def test_a_callback_of_transformers_builds_from_a_config() -> None:
    experiment = Experiment.from_params(config_with("transformers.EarlyStoppingCallback", early_stopping_patience=3))
    [callback] = experiment.training.callbacks
    assert isinstance(callback, TransformersCallback)
    assert isinstance(callback.inner, EarlyStoppingCallback)


@pytest.mark.parametrize(
    "name",
    [
        "transformers.Trainer",
        "transformers.pipeline",
        "transformers.trainer.subprocess.Popen",
        "transformers.integrations.integration_utils.os.system",
        "os.system",
        "spanreg.callbacks.transformers_callback.TransformersCallback.inner",
        "no_such_package.Quiet",
    ],
)
def test_other_objects_are_rejected(name: str) -> None:
    problems = plan_params(Experiment, config_with(name)).problems
    assert [problem.path for problem in problems] == ["training.callbacks.0.callback"]
    assert not problems[0].only_to_run


def test_check_imports_neither_transformers_nor_the_users_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own.py").write_text(f"{USER_MODULE}\nraise AssertionError('imported')\n")
    names = ["transformers.PrinterCallback", "transformers.integrations.TensorBoardCallback", "own.Quiet"]
    files = [write_config(tmp_path / f"{number}.json", name) for number, name in enumerate(names)]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from spanreg.cli.main import main\n"
        "assert main(['check', *sys.argv[2:]]) == 0\n"
        "assert not {'own', 'torch', 'transformers'} & {*sys.modules}"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *files], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[:3] == [f"{file}: no problems" for file in files]
    assert process.stderr.splitlines() == [
        f"to run it: {files[2]}:8 training.callbacks.0.callback: 'own.Quiet' is in a package that is not included. "
        "if you trust that package, add --include-package own"
    ]


def test_a_callback_of_the_user_needs_include_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callback_of_mine.py").write_text(USER_MODULE)
    file = write_config(tmp_path / "own.json", "callback_of_mine.Quiet")
    assert main(["check", file]) == 2  # the module is not found without the flag: it is not on sys.path yet
    assert main(["check", file, "--include-package", "callback_of_mine"]) == 0
    monkeypatch.syspath_prepend(tmp_path)
    capsys.readouterr()
    run = tmp_path / "run"
    # Undo the inclusion of the last command, as a new process would.
    monkeypatch.delitem(sys.modules, "callback_of_mine")
    monkeypatch.setattr("spanreg.registry.trust.references._included", set())
    assert main(["train", file, "-s", str(run)]) == 2
    assert "add --include-package callback_of_mine" in capsys.readouterr().err
    assert not run.exists()
    with pytest.raises(ConfigurationError, match="add --include-package callback_of_mine"):
        Experiment.from_params(Params.from_file(file))
    experiment = Experiment.from_params(Params.from_file(file), allow_imports="callback_of_mine")
    assert type(experiment.training.callbacks[0].inner).__name__ == "Quiet"
