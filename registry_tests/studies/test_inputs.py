"""What a run depends on beside its config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spanreg.studies.inputs import code_hash, inputs_of


def test_files_that_the_config_names(base: dict[str, Any], tmp_path: Path) -> None:
    before = inputs_of(base)
    assert list(before) == [base["dictionary"]["corpus"]]
    assert inputs_of(base) == before
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    assert inputs_of(base) != before


def test_patterns_folders_and_packages(base: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in "ab":
        (tmp_path / "texts" / f"{name}.txt").write_text(name, encoding="utf-8")
    pattern, folder = f"{tmp_path}/texts/*.txt", f"{tmp_path}/texts"
    inside = "pkg:spanreg/data/demo_material/background.txt"
    base["dictionary"]["corpus"] = [pattern, folder, inside, "max_match", "no/such/file"]
    found = inputs_of(base)
    assert list(found) == [pattern, folder, inside]
    (tmp_path / "texts" / "c.txt").touch()
    assert [key for key, value in inputs_of(base).items() if value != found[key]] == [pattern, folder]


@pytest.mark.parametrize("pattern", [".", "./", ".*", "*", ".."])
def test_a_pattern_of_weights_is_no_folder(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").touch()
    before = inputs_of(base)
    assert inputs_of({**base, "encoder": {"type": "tiny", "freeze": pattern}}) == before


def test_data_that_no_path_names(base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "glue" / "rte"
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(b"1")
    monkeypatch.setenv("SPANREG_GLUE_DIR", str(tmp_path / "glue"))
    config = {**base, "data": {"type": "glue", "task": "rte"}}
    before = inputs_of(config)["data"]
    (folder / "train.parquet").write_bytes(b"2")
    assert inputs_of(config)["data"] != before


def test_code_of_the_users_components(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "own_component_of_a_test.py"
    module.write_text("A = 1\n", encoding="utf-8")
    hashes = [code_hash(), code_hash([str(module)])]
    module.write_text("A = 22\n", encoding="utf-8")
    hashes.append(code_hash([str(module)]))
    assert len(set(hashes)) == 3
    assert code_hash() == hashes[0]
