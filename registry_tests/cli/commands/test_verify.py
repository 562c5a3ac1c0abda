"""``spanreg verify``: damaged and missing files of runs, studies, models and dictionaries are named."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.benchmarks.harness.pretended import execute_pretended
from spanreg.cli.main import main
from spanreg.storage import write_sealed
from spanreg.studies.exchange.pack import pack_study
from spanreg.training.runs.session import RunSession


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a finished run without a model."""
    execute_pretended({"seed": 1}, str(tmp_path / "run"))
    return tmp_path / "run"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return the folder of a study of two runs, one of which is finished."""
    folder = tmp_path / "study"
    runs = [{"id": str(seed), "arm": "plain", "seed": seed, "folder": f"runs/{seed}"} for seed in (1, 2)]
    plan: dict[str, Any] = {"name": "s", "about": "", "baseline": "plain", "metric": None, "split": None}
    plan |= {"reserve": 0.0, "modes": [], "arms": [{"name": "plain", "config": {}}], "runs": runs, "code": "c"}
    write_sealed(folder / "plan.json", {**plan, "format": 1})
    execute_pretended({"seed": 1}, str(folder / "runs" / "1"))
    return folder


def verify(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[str]]:
    """Return the exit code of the command and the lines that it prints."""
    code = main(["verify", *map(str, paths)])
    return code, capsys.readouterr().out.splitlines()


def test_an_intact_run_has_no_faults(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(capsys, run) == (0, [f"{run}: run is as it was written (7 files, 0.0 MB)"])
    assert main(["verify", str(run), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["damaged"] == 0
    verified = [(entry["path"], entry["kind"], entry["faults"]) for entry in facts["verified"]]
    assert verified == [(str(run), "run", [])]


def test_damaged_and_missing_files_are_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "metrics.json").write_text("{}")
    (run / "predictions" / "validation.jsonl").unlink()
    code, lines = verify(capsys, run)
    assert code == 2
    assert lines[0].startswith(f"{run / 'metrics.json'} is damaged: it has 2 bytes, and ")
    assert lines[1:] == [f"{run / 'predictions' / 'validation.jsonl'} is missing"]
    assert main(["verify", str(run), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["damaged"] == 2


@pytest.mark.parametrize("name", ["status.json", "manifest.json"])
def test_a_damaged_file_of_checksums_is_named(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    intact = (run / name).read_text()
    for damaged in (intact.replace("0", "1", 1), intact[:40], ""):
        (run / name).write_text(damaged)
        code, lines = verify(capsys, run)
        assert code == 2
        assert lines[0].startswith(f"{run / name} is ")


def test_a_run_without_checksums_cannot_be_verified(
    run: Path, as_earlier_version: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    as_earlier_version(run)
    (run / "metrics.json").write_text("{}")
    text = "an earlier version of spanreg wrote it without a manifest.json, so nothing can be verified"
    assert verify(capsys, run) == (0, [f"{run}: {text}"])


def test_an_unfinished_run_is_reported_with_its_state(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunSession(run).mark("interrupted")
    assert verify(capsys, run) == (0, [f"{run}: it is not finished: it was interrupted"])


def test_a_study_is_verified_with_its_runs(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = verify(capsys, study)
    assert code == 0
    assert [line.partition(":")[0] for line in lines] == [str(study), str(study / "runs" / "1")]
    (study / "runs" / "1" / "data.json").write_text("{}")
    code, lines = verify(capsys, study)
    assert code == 2
    assert lines[1].startswith(f"{study / 'runs' / '1' / 'data.json'} is damaged")
    plan = (study / "plan.json").read_text()
    (study / "plan.json").write_text(plan.replace('"code": "c"', '"code": "d"'))
    code, lines = verify(capsys, study)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"{study / 'plan.json'} is damaged: it is not as it was written")


def test_a_damaged_dictionary_is_named(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dictionary = tmp_path / "dictionary.parquet"
    assert main(["sample-dictionary", str(corpus), "-o", str(dictionary), "-q"]) == 0
    capsys.readouterr()
    assert verify(capsys, dictionary)[0] == 0
    dictionary.write_bytes(dictionary.read_bytes()[:-20])
    code, lines = verify(capsys, dictionary)
    assert code == 2
    assert "cannot be read as Parquet" in lines[0]


def test_a_model_without_checksums_cannot_be_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "model" / name).touch()
    text = "it has no manifest.json, so nothing can be verified"
    assert verify(capsys, tmp_path / "model") == (0, [f"{tmp_path / 'model'}: {text}"])


def test_paths_that_spanreg_did_not_write_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    assert "contains nothing that spanreg wrote. name a run, study, pack" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_copy_of_a_run_is_intact(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    assert verify(capsys, run, copy)[0] == 0


def test_a_pack_is_compared_with_its_index(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "study.zip"
    pack_study(study, pack)
    code, [line] = verify(capsys, pack)
    assert code == 0
    assert line.startswith(f"{pack}: pack is as it was written (")
    whole = pack.read_bytes()
    pack.write_bytes(whole[:-30])
    assert verify(capsys, pack)[1][0].startswith(f"{pack} is a damaged pack: it cannot be read")
    with zipfile.ZipFile(pack, "w") as archive, zipfile.ZipFile(io.BytesIO(whole)) as intact:
        for name in intact.namelist():
            content = intact.read(name)
            archive.writestr(name, content.replace(b"plain", b"pla1n") if name == "plan.json" else content)
    code, [line] = verify(capsys, pack)
    assert (code, line.partition(". ")[0]) == (
        2,
        f"{pack} is a damaged pack: 'plan.json' does not have the SHA-256 in pack.json",
    )
