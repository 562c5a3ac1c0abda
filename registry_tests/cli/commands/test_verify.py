"""``spanreg verify``: what is not as it was written, by name, and exit code 2."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.benchmarks.harness.pretended import execute_pretended
from spanreg.cli.main import main
from spanreg.storage import write_sealed
from spanreg.training.runs.session import RunSession

Forget = Callable[[Path], None]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run without a model."""
    execute_pretended({"seed": 1}, str(tmp_path / "run"))
    return tmp_path / "run"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of two runs, one of them finished."""
    folder = tmp_path / "study"
    runs = [{"id": str(seed), "arm": "plain", "seed": seed, "folder": f"runs/{seed}"} for seed in (1, 2)]
    plan: dict[str, Any] = {"name": "s", "about": "", "baseline": "plain", "metric": None, "split": None}
    plan |= {"reserve": 0.0, "modes": [], "arms": [{"name": "plain", "config": {}}], "runs": runs, "code": "c"}
    write_sealed(folder / "plan.json", {**plan, "format": 1})
    execute_pretended({"seed": 1}, str(folder / "runs" / "1"))
    return folder


def verified(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[str]]:
    code = main(["verify", *map(str, paths)])
    return code, capsys.readouterr().out.splitlines()


def test_a_whole_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(capsys, run) == (0, [f"{run}: run is as it was written (7 files, 0.0 MB)"])
    assert main(["verify", str(run), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["damaged"] == 0
    assert [(one["path"], one["kind"], one["faults"]) for one in facts["verified"]] == [(str(run), "run", [])]


def test_every_file_that_is_damaged_is_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "metrics.json").write_text("{}")
    (run / "predictions" / "validation.jsonl").unlink()
    code, lines = verified(capsys, run)
    assert code == 2
    assert lines[0].startswith(f"{run / 'metrics.json'} is damaged: it has 2 bytes, and ")
    assert lines[1:] == [f"{run / 'predictions' / 'validation.jsonl'} is missing"]
    assert main(["verify", str(run), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["damaged"] == 2


@pytest.mark.parametrize("name", ["status.json", "manifest.json"])
def test_a_damaged_seal_is_named(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (run / name).read_text()
    for content in (whole.replace("0", "1", 1), whole[:40], ""):
        (run / name).write_text(content)
        code, lines = verified(capsys, run)
        assert code == 2
        assert lines[0].startswith(f"{run / name} is ")


def test_a_run_of_an_earlier_version(run: Path, as_earlier_version: Forget, capsys: pytest.CaptureFixture[str]) -> None:
    as_earlier_version(run)
    (run / "metrics.json").write_text("{}")
    text = "an earlier version of spanreg wrote it without a manifest.json, so nothing can be verified"
    assert verified(capsys, run) == (0, [f"{run}: {text}"])


def test_a_run_that_is_not_finished(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunSession(run).mark("interrupted")
    assert verified(capsys, run) == (0, [f"{run}: it is not finished: it was interrupted"])


def test_a_study_with_all_its_runs(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = verified(capsys, study)
    assert code == 0
    assert [line.partition(":")[0] for line in lines] == [str(study), str(study / "runs" / "1")]
    (study / "runs" / "1" / "data.json").write_text("{}")
    code, lines = verified(capsys, study)
    assert code == 2
    assert lines[1].startswith(f"{study / 'runs' / '1' / 'data.json'} is damaged")
    plan = (study / "plan.json").read_text()
    (study / "plan.json").write_text(plan.replace('"code": "c"', '"code": "d"'))
    code, lines = verified(capsys, study)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"{study / 'plan.json'} is damaged: it is not as it was written")


def test_a_model_and_a_dictionary(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dictionary = tmp_path / "dictionary.parquet"
    assert main(["sample-dictionary", str(corpus), "-o", str(dictionary), "-q"]) == 0
    capsys.readouterr()
    assert verified(capsys, dictionary)[0] == 0
    dictionary.write_bytes(dictionary.read_bytes()[:-20])
    code, lines = verified(capsys, dictionary)
    assert code == 2
    assert "cannot be read as Parquet" in lines[0]
    (tmp_path / "model").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "model" / name).touch()
    text = "it has no manifest.json, so nothing can be verified"
    assert verified(capsys, tmp_path / "model") == (0, [f"{tmp_path / 'model'}: {text}"])


def test_what_spanreg_has_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    assert "contains nothing that spanreg wrote. name a run, a study" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_copy_is_as_good(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    assert verified(capsys, run, copy)[0] == 0
