"""Callbacks that a config names by their class."""

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

OWN = "from transformers import PrinterCallback, TrainerCallback\n\n\nclass Quiet(TrainerCallback):\n    pass\n"


def config(callback: str, **arguments: Any) -> dict[str, Any]:
    chosen = {"type": "transformers", "callback": callback, "arguments": arguments}
    return {"data": "demo", "encoder": "tiny", "training": {"callbacks": [chosen]}}


def write(path: Path, callback: str) -> str:
    Params(config(callback)).to_file(path)
    return str(path)


def test_one_of_transformers() -> None:
    experiment = Experiment.from_params(config("transformers.EarlyStoppingCallback", early_stopping_patience=3))
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
def test_nothing_else_is_named(name: str) -> None:
    problems = plan_params(Experiment, config(name)).problems
    assert [problem.path for problem in problems] == ["training.callbacks.0.callback"]
    assert not problems[0].only_to_run


def test_check_needs_no_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own.py").write_text(f"{OWN}\nraise AssertionError('imported')\n")
    names = ["transformers.PrinterCallback", "transformers.integrations.TensorBoardCallback", "own.Quiet"]
    files = [write(tmp_path / f"{number}.json", name) for number, name in enumerate(names)]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from spanreg.cli.main import main\n"
        "assert main(['check', *sys.argv[2:]]) == 0\n"
        "assert not {'own', 'torch', 'transformers'} & {*sys.modules}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == [f"{file}: no problems" for file in files]
    assert done.stderr.splitlines() == [
        f"to run it: {files[2]}:8 training.callbacks.0.callback: 'own.Quiet' is in a package that is not included. "
        "if you trust that package, add --include-package own"
    ]


def test_one_of_an_included_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callback_of_mine.py").write_text(OWN)
    file = write(tmp_path / "own.json", "callback_of_mine.Quiet")
    assert main(["check", file]) == 2  # where there is no module of that name, its class cannot be known
    assert main(["check", file, "--include-package", "callback_of_mine"]) == 0
    monkeypatch.syspath_prepend(tmp_path)
    capsys.readouterr()
    run = tmp_path / "run"
    monkeypatch.delitem(sys.modules, "callback_of_mine")
    monkeypatch.setattr("spanreg.registry.trust.references._included", set())
    assert main(["train", file, "-s", str(run)]) == 2
    assert "add --include-package callback_of_mine" in capsys.readouterr().err
    assert not run.exists()
    with pytest.raises(ConfigurationError, match="add --include-package callback_of_mine"):
        Experiment.from_params(Params.from_file(file))
    experiment = Experiment.from_params(Params.from_file(file), allow_imports="callback_of_mine")
    assert type(experiment.training.callbacks[0].inner).__name__ == "Quiet"
