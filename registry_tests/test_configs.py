"""Every shipped config passes the check, is short, and begins with a comment on its purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry_tests.shipped_configs import CONFIGS, SHIPPED_CONFIGS, shipped_config
from spanreg.cli.main import main

GLUE_CONFIGS = sorted((CONFIGS / "glue").glob("*.jsonnet"))

CONLL = ("conll2000/train.txt.zst", "conll2000/test.txt.zst")
TOPICS = ("topics/train.jsonl", "topics/validation.jsonl", "topics/test.jsonl")
USER_FILES = (
    "dictionary.parquet",
    "released.parquet",
    "corpus.txt",
    "phrases.tsv",
    "unwanted.txt",
    "spans.jsonl",
    "novels/1.txt",
    "corpus/1.txt.zst",
)
USER_FILES += CONLL + TOPICS


def relative_name(path: Path) -> str:
    """Return a path relative to ``configs``, for the ids of the tests."""
    return path.relative_to(CONFIGS).as_posix()


@pytest.fixture
def user_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with empty files in place of those that users of the configs bring."""
    for file in USER_FILES:
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


@pytest.mark.usefixtures("user_files")
@pytest.mark.parametrize("path", SHIPPED_CONFIGS, ids=relative_name)
def test_shipped_configs_pass_the_check(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


@pytest.mark.parametrize("path", [*SHIPPED_CONFIGS, *sorted(CONFIGS.rglob("*.libsonnet"))], ids=relative_name)
def test_shipped_configs_are_short_and_begin_with_a_comment(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert lines[0].startswith("// ")


def test_every_glue_task_has_a_config() -> None:
    tasks = {path.stem: shipped_config(path)["data"]["task"] for path in GLUE_CONFIGS}
    assert tasks == {task: task for task in ("cola", "mnli", "mrpc", "qnli", "qqp", "rte", "sst2", "stsb", "wnli")}


@pytest.mark.parametrize("path", GLUE_CONFIGS, ids=relative_name)
def test_glue_headers_name_the_paper_and_the_expected_score(path: Path) -> None:
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("//")]
    assert {"Paper", "Expected"} <= {line[3:].partition(":")[0] for line in header}


@pytest.mark.parametrize("path", GLUE_CONFIGS, ids=relative_name)
def test_glue_sections_are_in_the_order_of_processing(path: Path) -> None:
    order = ["data", "encoder", "dictionary", "segmenter", "aggregator", "fusion", "training"]
    assert set(order) < set(shipped_config(path))
    written = (CONFIGS / "glue" / "base.libsonnet").read_text(encoding="utf-8")
    places = [written.index(f"\n  {part}: ") for part in order]
    assert places == sorted(places)
