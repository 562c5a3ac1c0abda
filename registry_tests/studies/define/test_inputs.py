"""Hashes of what a run depends on besides its config: files, code and plug-ins."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.registry import ConfigurationError
from spanreg.storage import hash_file, hash_json
from spanreg.studies.define.inputs import code_hash, inputs_of, require_unchanged


def test_a_changed_file_of_the_config_changes_the_inputs(base: dict[str, Any], tmp_path: Path) -> None:
    before = inputs_of(base)
    assert list(before) == [base["dictionary"]["corpus"]]
    assert inputs_of(base) == before
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    assert inputs_of(base) != before


def test_patterns_folders_and_files_of_packages_are_inputs(base: dict[str, Any], tmp_path: Path) -> None:
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


def test_signatures_decide_which_values_are_names_of_files(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare word may name a folder or a file; a pattern of weights names neither."""
    monkeypatch.chdir(tmp_path)
    for folder in ("bert", "max_match", "tiny"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").touch()
    (tmp_path / "words").write_text("red fox\n", encoding="utf-8")
    (tmp_path / "train").touch()
    config = {
        "data": {"type": "csv", "files": {"train": "train"}, "labels": ["tiny", "max_match"]},
        "encoder": {"type": "pretrained", "model": "bert"},
        "dictionary": {"type": "union", "dictionaries": [{"type": "file", "path": "words"}]},
        "segmenter": "max_match",
    }
    assert list(inputs_of(config)) == ["train", "bert", "words"]
    assert inputs_of({**config, "encoder": {"type": "pretrained", "model": "bert", "freeze": "."}}) == inputs_of(config)


def test_a_file_without_a_mark_in_a_signature_is_an_input(base: dict[str, Any], tmp_path: Path) -> None:
    """A user's component may take a file as a plain string, inside an object that it reads itself."""
    own = tmp_path / "own"
    own.write_text("1", encoding="utf-8")
    config = {**base, "head": {"type": "unknown", "options": [{"lexicon": str(own)}, "x" * 5000, "~nobody-/x", "a\0b"]}}
    # The other strings are too long for a name, name an unknown user, or contain a null byte.
    before = inputs_of(config)
    assert str(own) in before
    own.write_text("2", encoding="utf-8")
    assert [name for name, value in inputs_of(config).items() if value != before[name]] == [str(own)]


@pytest.mark.parametrize("pattern", [".", "./", ".*", "*", ".."])
def test_a_pattern_of_weights_is_not_an_input(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").touch()
    before = inputs_of(base)
    assert inputs_of({**base, "encoder": {"type": "tiny", "freeze": pattern}}) == before


def write_table(path: Path, ngrams: list[str], *, corpus: str = "a.txt", compression: str = "zstd") -> str:
    """Write a dictionary and return its path."""
    n, counts = np.full(len(ngrams), 2, np.int32), np.arange(len(ngrams), 0, -1)
    table = dictionary_table(ngrams, n, counts, lowercase=True, origin={"corpus": corpus})
    pq.write_table(table, path, compression=compression)
    return str(path)


def test_dictionaries_count_by_their_ngrams(base: dict[str, Any], tmp_path: Path) -> None:
    """Metadata and compression differ between machines that sampled the same corpus."""
    path = write_table(tmp_path / "d.parquet", ["red fox", "brown bear"])
    inner = {"type": "file", "path": path}
    config = {**base, "dictionary": {"type": "union", "dictionaries": [inner]}}
    before, content = inputs_of(config), Path(path).read_bytes()
    write_table(tmp_path / "d.parquet", ["red fox", "brown bear"], corpus="/data/b.txt", compression="snappy")
    assert Path(path).read_bytes() != content
    assert inputs_of(config) == before
    require_unchanged(config, (), code_hash(), before)
    write_table(tmp_path / "d.parquet", ["red fox", "brown cow"])
    assert inputs_of(config) != before
    # Data in the same format count by their bytes, which nothing verifies when they are read.
    data = {**base, "data": {"type": "parquet", "files": {"train": path}}}
    before = inputs_of(data)
    write_table(tmp_path / "d.parquet", ["red fox", "brown cow"], compression="snappy")
    assert inputs_of(data) != before


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and no more PAR1", b"red fox\n", b""])
def test_other_files_and_damaged_dictionaries_count_by_their_bytes(
    base: dict[str, Any], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "d.parquet"
    config = {**base, "dictionary": {"type": "file", "path": str(path)}}
    path.write_bytes(content)
    before = inputs_of(config)
    path.write_bytes(content + b"x")
    assert inputs_of(config) != before


def test_hidden_files_below_a_folder_are_not_inputs(base: dict[str, Any], tmp_path: Path) -> None:
    """Downloads leave ``.cache`` with their times in the folder of a model."""
    model = tmp_path / ".models" / "bert"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}", encoding="utf-8")
    config = {**base, "encoder": {"type": "pretrained", "model": str(model)}}
    before = inputs_of(config)
    (model / ".cache").mkdir()
    (model / ".cache" / "config.json.metadata").write_text("1764547200", encoding="utf-8")
    (model / ".DS_Store").touch()
    assert inputs_of(config) == before
    (model / "config.json").write_text("{ }", encoding="utf-8")
    assert inputs_of(config) != before, "the folder that the config names may be below a hidden one"


def test_a_recorded_hash_of_an_earlier_version_is_kept_while_the_bytes_are_the_same(
    base: dict[str, Any], tmp_path: Path
) -> None:
    path = write_table(tmp_path / "d.parquet", ["red fox", "brown bear"])
    config = {**base, "dictionary": {"type": "file", "path": path}}
    recorded = {path: hash_json([["d.parquet", hash_file(Path(path))]])}
    assert inputs_of(config) != recorded
    assert inputs_of(config, recorded.values()) == recorded
    require_unchanged(config, (), code_hash(), recorded)
    write_table(tmp_path / "d.parquet", ["red fox", "brown bear"], compression="snappy")
    with pytest.raises(ConfigurationError, match=f"changed since the study started: the content of {path}"):
        require_unchanged(config, (), code_hash(), recorded)


def test_folders_that_trackers_write_to_are_not_inputs(base: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "own.txt").touch()
    trackers = [{"type": name, "folder": str(tmp_path / "store")} for name in ("tensorboard", "mlflow", "wandb")]
    assert inputs_of({**base, "training": {"callbacks": trackers}}) == inputs_of(base)


def test_only_the_task_in_a_folder_of_tasks_is_an_input(base: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "rte").mkdir()
    (tmp_path / "rte" / "train.parquet").write_bytes(b"1")
    config = {**base, "data": {"type": "glue", "task": "rte", "path": str(tmp_path)}}
    before = inputs_of(config)
    (tmp_path / "README").touch()
    assert inputs_of(config) == before
    (tmp_path / "rte" / "train.parquet").write_bytes(b"2")
    assert inputs_of(config) != before


def test_data_without_a_path_in_the_config_are_an_input(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "glue" / "rte"
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(b"1")
    monkeypatch.setenv("SPANREG_GLUE_DIR", str(tmp_path / "glue"))
    config = {**base, "data": {"type": "glue", "task": "rte"}}
    before = inputs_of(config)["data"]
    (folder / "train.parquet").write_bytes(b"2")
    assert inputs_of(config)["data"] != before


def test_changed_code_of_an_included_module_changes_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "own_component_of_a_test.py"
    module.write_text("A = 1\n", encoding="utf-8")
    hashes = [code_hash(), code_hash([str(module)])]
    module.write_text("A = 22\n", encoding="utf-8")
    hashes.append(code_hash([str(module)]))
    assert len(set(hashes)) == 3
    assert code_hash() == hashes[0]


def test_only_python_files_of_a_package_are_hashed_as_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study's folder may lie inside the user's package."""
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "package_of_a_test"
    (package / "inner").mkdir(parents=True)
    for file in (package / "__init__.py", package / "inner" / "_parts.py"):
        file.touch()
    # The lock file of Emacs, a link to nothing.
    (package / ".#_parts.py").symlink_to("user@host.123")
    for name in ("package_of_a_test", "./package_of_a_test", str(package)):
        before = code_hash([name])
        for other in ("out/plan.json", ".git/hook.py", "venv/pyvenv.cfg", "venv/lib.py", "inner/__pycache__/x.py"):
            (package / other).parent.mkdir(parents=True, exist_ok=True)
            (package / other).write_text(name, encoding="utf-8")
        assert code_hash([name]) == before
        # The hash is of what the code means, so a comment does not change it.
        with (package / "inner" / "_parts.py").open("a", encoding="utf-8") as stream:
            stream.write("# a comment\n")
        assert code_hash([name]) == before
        with (package / "inner" / "_parts.py").open("a", encoding="utf-8") as stream:
            stream.write("A = 1\n")
        assert code_hash([name]) != before


def test_a_local_folder_with_the_name_of_a_plugin_is_not_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "lone_plugin_of_a_test.py").write_text("A = 1\n", encoding="utf-8")
    (tmp_path / "site" / "spread_plugin_of_a_test").mkdir()
    (tmp_path / "site" / "spread_plugin_of_a_test" / "parts.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    names = ("lone_plugin_of_a_test", "spread_plugin_of_a_test.parts")
    entry_points = [EntryPoint("own", f"{name}:Part", "spanreg.components") for name in names]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entry_points)
    before = code_hash()
    (tmp_path / "lone_plugin_of_a_test").mkdir()
    (tmp_path / "lone_plugin_of_a_test" / "setup.py").touch()
    assert code_hash() == before
    (tmp_path / "site" / "spread_plugin_of_a_test" / "parts.py").write_text("A = 1\n", encoding="utf-8")
    assert code_hash() != before


def test_changed_code_of_a_plugin_changes_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "plugin_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("A = 1\n", encoding="utf-8")
    before = code_hash()
    entry_point = EntryPoint("own", "plugin_of_a_test.parts:Part", "spanreg.components")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry_point])
    hashes = [before, code_hash()]
    (package / "parts.py").write_text("class Part: ...\n", encoding="utf-8")
    hashes.append(code_hash())
    assert len(set(hashes)) == 3


def test_changed_code_and_files_are_named(base: dict[str, Any]) -> None:
    inputs, corpus = inputs_of(base), base["dictionary"]["corpus"]
    require_unchanged(base, (), code_hash(), inputs)
    Path(corpus).write_text("another text\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        require_unchanged(base, (), "another", inputs)
    assert str(raised.value).startswith(
        f"changed since the study started: the code, the content of {corpus}. undo the change"
    )
