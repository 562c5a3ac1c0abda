"""Every shipped config passes the check, is short, and begins with its purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.registry import Params

CONFIGS = Path(__file__).parents[1] / "configs"
SHIPPED = sorted(CONFIGS.rglob("*.jsonnet"))
GLUE = sorted((CONFIGS / "glue").glob("*.jsonnet"))

CONLL = ("conll2000/train.txt.zst", "conll2000/test.txt.zst")
TOPICS = ("topics/train.jsonl", "topics/validation.jsonl", "topics/test.jsonl")
FILES = (
    "dictionary.parquet",
    "released.parquet",
    "corpus.txt",
    "phrases.tsv",
    "unwanted.txt",
    "spans.jsonl",
    "novels/1.txt",
    "corpus/1.txt.zst",
)
FILES += CONLL + TOPICS


def name(path: Path) -> str:
    return path.relative_to(CONFIGS).as_posix()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with empty files for the names that the configs leave to their user."""
    for file in FILES:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_missing_dictionary_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(CONFIGS / "glue" / "mrpc.jsonnet")]) == 2
    assert "dictionary.path: there is no file or folder 'dictionary.parquet'" in capsys.readouterr().out


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("path", SHIPPED, ids=name)
def test_it_has_no_problem(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


@pytest.mark.parametrize("path", [*SHIPPED, *sorted(CONFIGS.rglob("*.libsonnet"))], ids=name)
def test_it_is_short_and_introduced(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert lines[0].startswith("// ")


def test_all_nine_tasks_of_glue_are_there() -> None:
    tasks = {path.stem: Params.from_file(path)["data"]["task"] for path in GLUE}
    assert tasks == {name: name for name in ("cola", "mnli", "mrpc", "qnli", "qqp", "rte", "sst2", "stsb", "wnli")}


@pytest.mark.parametrize("path", GLUE, ids=name)
def test_the_header_names_paper_and_expected_score(path: Path) -> None:
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("//")]
    assert {"Paper", "Expected"} <= {line[3:].partition(":")[0] for line in header}


@pytest.mark.parametrize("path", GLUE, ids=name)
def test_the_parts_are_in_the_order_of_the_data(path: Path) -> None:
    order = ["data", "encoder", "dictionary", "segmenter", "aggregator", "fusion", "training"]
    assert set(order) < set(Params.from_file(path))
    written = (CONFIGS / "glue" / "base.libsonnet").read_text(encoding="utf-8")
    places = [written.index(f"\n  {part}: ") for part in order]
    assert places == sorted(places)
