"""Untrusted run folders: reading one runs no code, and reads and writes no file outside of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError, Params
from spanreg.training.runs.claim import ExistingRunPolicy, claim_run
from spanreg.training.runs.reader import RunReader
from spanreg.training.serving.evaluate import dataset_reader_of, evaluate_on_file, evaluate_on_split
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
HOSTILE = {"type": "os.system", "command": "touch canary"}


@pytest.fixture
def run(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of a finished run without checksums, which an attacker could recompute.

    The working directory is ``tmp_path``.
    """
    monkeypatch.chdir(tmp_path)
    folder = shutil.copytree(finished, tmp_path / "run")
    for manifest in folder.rglob("manifest.json"):
        manifest.unlink()
    (folder / "status.json").write_text('{"state": "finished"}')
    return folder


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Apply ``change`` to the content of a JSON file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("segmenter", "message"),
    [
        (HOSTILE, r"segmenter\.type: 'os\.system' is not a subclass of Segmenter"),
        (
            {"type": "multi", "segmenters": [HOSTILE, "single"]},
            r"segmenter\.segmenters\.0\.type: 'os\.system' is not a subclass of Segmenter",
        ),
        ({"type": "max_match", "dictionary": HOSTILE}, "is not one of its files"),
        ({"type": "planted.Segmenter"}, "add --include-package planted"),
    ],
)
def test_a_hostile_segmenter_in_inference_json_is_neither_imported_nor_called(
    run: Path, tmp_path: Path, segmenter: dict[str, Any], message: str
) -> None:
    (tmp_path / "planted.py").write_text("import os\nos.mkdir('canary')\n")
    edit_json(run / "inference.json", lambda content: content.update(segmenter=segmenter))
    with pytest.raises(ConfigurationError, match=message):
        SavedInputs(run)
    assert not (tmp_path / "canary").exists()


def test_predict_does_not_import_recorded_packages_and_names_the_flag(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_json(run / "inference.json", lambda content: content.update(segmenter={"type": "planted.Segmenter"}))
    edit_json(
        run / "environment.json", lambda content: content.update(command=["train", "--include-package", "planted"])
    )
    Path("texts.jsonl").write_text('{"text": "a fox"}\n')
    Path("planted.py").write_text("import os\nos.mkdir('canary')\n")
    assert main(["predict", str(run), "texts.jsonl"]) == 2
    assert "add --include-package planted" in capsys.readouterr().err
    assert not Path("canary").exists()


def test_a_hostile_reader_in_config_json_is_not_called(run: Path, tmp_path: Path) -> None:
    edit_json(run / "config.json", lambda content: content.update(data=HOSTILE))
    with pytest.raises(ConfigurationError, match="'os.system' is not a subclass of DatasetReader"):
        dataset_reader_of(RunReader(run))
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "dictionary",
    [
        {"type": "file", "path": "../outside.parquet"},
        {"type": "file", "path": "/etc/hostname"},
        {"type": "file", "path": "dictionaries/../../outside.parquet"},
        {"type": "file", "path": "~/outside.parquet"},
        {"type": "file", "path": "dictionaries/0.parquet", "lowercase": True},
        {"type": "ngram", "corpus": "/etc/*"},
        "empty",
        ["dictionaries/0.parquet"],
    ],
)
def test_attachments_outside_the_folder_are_rejected(run: Path, dictionary: Any) -> None:
    segmenter = {"type": "max_match", "dictionary": dictionary}
    edit_json(run / "inference.json", lambda content: content.update(segmenter=segmenter))
    with pytest.raises(ConfigurationError, match="is not a place inside|is not one of its files"):
        SavedInputs(run)


def test_gold_spans_outside_the_folder_are_rejected(run: Path) -> None:
    segmenter = {"type": "gold", "path": "../gold.jsonl"}
    edit_json(run / "inference.json", lambda content: content.update(segmenter=segmenter))
    with pytest.raises(ConfigurationError, match="'../gold.jsonl' is not a place inside .*run. only files/NAME is"):
        SavedInputs(run)


def test_a_relative_folder_named_tilde_is_not_the_home_directory(
    run: Path, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home_run = tmp_path / "home" / "run"
    home_run.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home_run.parent))
    shutil.move(run, tmp_path / "~" / "run")
    for name in ("~/run", "./~/run"):
        inputs = SavedInputs(Path(name))
        assert inputs.dictionary is not None
        assert inputs.dictionary.table().num_rows
    train(Params(make_config({"max_steps": 1, "callbacks": ["tensorboard"]})), Path("~/new"))
    assert [path.name for path in home_run.iterdir()] == []
    assert (tmp_path / "~" / "new" / "tracking" / "tensorboard").is_dir()


@pytest.mark.parametrize("split", ["../../outside", "../outside", "/outside", "a/b", ".hidden", "a\0b", ""])
def test_splits_that_are_not_file_names_are_rejected(run: Path, tmp_path: Path, split: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    trained = SavedRun(run)
    with pytest.raises(ConfigurationError, match="the split .* cannot be a file name"):
        evaluate_on_split(trained, split)
    assert sorted(tmp_path.rglob("*")) == before


def test_splits_of_the_data_that_are_not_file_names_are_rejected(make_config: MakeConfig, tmp_path: Path) -> None:
    data = {"type": "jsonl", "files": {"train": "a.jsonl", "../../outside": "a.jsonl"}, "labels": ["no", "yes"]}
    with pytest.raises(ConfigurationError, match=r"data.files: the split '../../outside' cannot be"):
        train(Params(make_config(data=data)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("link", ["train.log", ".lock", "predictions", "tracking", "checkpoints/step-1", "model/a"])
def test_links_out_of_the_folder_are_not_followed_for_writing(
    run: Path, make_config: MakeConfig, tmp_path: Path, link: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    place = run / link
    shutil.rmtree(place, ignore_errors=True)
    place.unlink(missing_ok=True)
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside / "new" if link in ("train.log", ".lock") else outside)
    trained = SavedRun(run)
    with pytest.raises(ConfigurationError, match=f"{link} is a link that leads out of"):
        evaluate_on_split(trained, "test")
    for policy in get_args(ExistingRunPolicy):
        with (
            pytest.raises(ConfigurationError, match="is a link that leads out"),
            claim_run(run, make_config(), policy),
        ):
            pass
    assert not list(outside.iterdir())


def test_a_link_to_the_run_folder_is_accepted(run: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run)
    assert evaluate_on_split(SavedRun(tmp_path / "link"), "test")


def test_a_hostile_metric_in_inference_json_is_rejected(run: Path) -> None:
    edit_json(run / "inference.json", lambda content: content["task"].update(metrics=["os.system"]))
    Path("texts.jsonl").write_text('{"text": "a fox", "label": 0}\n')
    with pytest.raises(ConfigurationError, match="'os.system' is not a subclass of Metric"):
        evaluate_on_file(SavedRun(run), Path("texts.jsonl"))
