"""Pickles in the place of, and beside, every file that is read back: loading one would leave a trace, and none does."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import spanreg.integrations.transformers  # noqa: F401  (registers the auto classes)
from spanreg.encoders.base import Encoder
from spanreg.registry import Params
from spanreg.storage import files_below, record_files, write_manifest
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.run_results import read_run
from spanreg.studies.exchange.pack import opened_study, pack_study
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import run_states
from spanreg.studies.execute.record import PlannedRun
from spanreg.studies.report.facts import report_facts
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

logger = logging.getLogger(__name__)

Reader = Callable[[Path], None]
MakeConfig = Callable[..., dict[str, Any]]
BESIDE = (
    "adapter_model.bin",
    "data.pkl",
    "model.pkl",
    "optimizer.pt",
    "pytorch_model.bin",
    "rng_state.pth",
    "scaler.pt",
    "scheduler.pt",
    "tokenizer.pkl",
    "training_args.bin",
    "vocab.pkl",
)
"Names by which libraries find pickles."


class Planted:
    """Makes a folder when it is unpickled.

    Parameters:
        canary: the folder.
    """

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


def _torch(planted: Planted) -> bytes:
    stream = io.BytesIO()
    torch.save({"state": planted}, stream)
    return stream.getvalue()


def _npy(planted: Planted) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([planted], dtype=object), allow_pickle=True)
    return stream.getvalue()


def _npz(planted: Planted) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, words=np.array([planted], dtype=object))
    return stream.getvalue()


FORMS: dict[str, Callable[[Planted], bytes]] = {"pickle": pickle.dumps, "torch": _torch, "npy": _npy, "npz": _npz}


def planted_copies(
    source: Path, work: Path, names: Sequence[str], forms: Sequence[str], seal: Callable[[Path], None]
) -> Iterator[tuple[str, Path]]:
    """Yield a copy of a folder for each of its files and each form, with a pickle in the place of that file."""
    for name in names:
        for form in forms:
            folder = work / "copy"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(FORMS[form](Planted(work / "canary")))
            seal(folder)
            yield f"{name} ({form})", folder


def campaign(
    source: Path,
    work: Path,
    read: Reader,
    *,
    beside: Sequence[str] = (),
    names: Sequence[str] | None = None,
    forms: Sequence[str] = tuple(FORMS),
    seal: Callable[[Path], None] = lambda folder: None,
) -> tuple[list[str], int]:
    """Plant pickles one by one, and read the folder each time.

    Args:
        source: the folder; it is copied.
        work: where the copies are made.
        read: reads a copy; whatever it raises is fine.
        beside: names of further files that are planted, relative to the folder.
        names: which files are replaced; default: all.
        forms: of the pickles.
        seal: makes a copy's checksums fit, as anybody could.

    Returns:
        The pickles that were loaded, and how many were planted.
    """
    whole = work / "whole"
    shutil.copytree(source, whole)
    seal(whole)
    read(whole)
    shutil.rmtree(whole)
    found, planted = [], 0
    for name, folder in planted_copies(source, work, [*(names or _files(source)), *beside], forms, seal):
        planted += 1
        with suppress(Exception, SystemExit):
            read(folder)
        if (work / "canary").exists():
            (work / "canary").rmdir()
            found.append(name)
    return found, planted


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def forget_checksums(folder: Path) -> None:
    """Turn a run folder into one of an earlier version, which had no manifest."""
    for manifest in folder.rglob("manifest.json"):
        if "checkpoints" not in manifest.parts:
            manifest.unlink()
    status = json.loads((folder / "status.json").read_text()) if _is_json(folder / "status.json") else {}
    if status:
        (folder / "status.json").write_text(json.dumps({"state": status["state"]}))


def _is_json(path: Path) -> bool:
    with suppress(ValueError, OSError):
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    return False


def seal_checkpoints(folder: Path) -> None:
    """Write new manifests for all checkpoints of a run."""
    for step in (folder / "checkpoints").glob("step-*"):
        if _is_json(step / "manifest.json"):
            (step / "manifest.json").unlink()
            write_manifest(step, record_files(step, files_below(step)))


def _all(*reads: Callable[[], Any]) -> None:
    """Try every way of reading, and raise the first error in the end."""
    errors = []
    for read in reads:
        try:
            read()
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def read_finished_run(folder: Path) -> None:
    """Read a run in every way that there is."""
    _all(
        lambda: read_run(PlannedRun("", "", 1, ""), folder),
        lambda: list(predict(SavedRun(folder), [[b'{"text": "the red fox"}']], "line")),
        lambda: evaluate_on_split(SavedRun(folder), "validation"),
    )


def read_model(folder: Path) -> None:
    """Load a run's model as transformers would."""
    _all(
        lambda: AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True),
        lambda: AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=False),
    )


def read_encoder(folder: Path) -> None:
    """Load a pre-trained encoder from a folder."""
    encoder = Encoder.from_params({"type": "pretrained", "model": str(folder)})
    _all(lambda: encoder.tokenizer, encoder.load)


def read_study(folder: Path) -> None:
    """Read a study in every way that there is."""
    with opened_study(folder) as study:
        _all(lambda: run_states(study, study.read()), lambda: report_facts(read_results(study)))


@pytest.fixture(scope="module")
def stopped(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a checkpoint that does not say that it is finished."""
    folder = tmp_path_factory.mktemp("stopped") / "run"
    train(Params(make_config({"max_steps": 2, "checkpoint_every": 1, "keep": 1})), folder)
    (folder / "status.json").write_text('{"state": "interrupted"}')
    (folder / "manifest.json").unlink()
    return folder


@pytest.fixture(scope="module")
def run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a dictionary of a segmenter's own."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    segmenter = {"type": "max_match", "dictionary": make_config()["dictionary"]}
    train(Params(make_config({"max_steps": 1}, segmenter=segmenter)), folder)
    return folder


def _report(what: str, found: list[str], planted: int) -> None:
    logger.info("%s: %d pickles planted, %d loaded", what, planted, len(found))
    assert not found


def test_a_run(run: Path, tmp_path: Path) -> None:
    beside = [f"{folder}{name}" for folder in ("", "model/", "dictionaries/") for name in BESIDE]
    _report("run", *campaign(run, tmp_path, read_finished_run, beside=beside, seal=forget_checksums))


def test_a_model(run: Path, tmp_path: Path) -> None:
    _report("model", *campaign(run / "model", tmp_path, read_model, beside=BESIDE))


def test_an_encoder(run: Path, tmp_path: Path) -> None:
    source = tmp_path / "encoder"
    shutil.copytree(run / "model", source)
    SavedRun(run).model.encoder.backbone.save_pretrained(source)
    _report("encoder", *campaign(source, tmp_path, read_encoder, beside=BESIDE))


def test_a_checkpoint(stopped: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"max_steps": 4, "checkpoint_every": 1, "keep": 1})
    names = [name for name in _files(stopped) if name.startswith("checkpoints")]
    beside = [f"checkpoints/step-2/{name}" for name in BESIDE]

    def resume(folder: Path) -> None:
        train(Params(config), folder)
        assert "resuming from the checkpoint of step 2" in (folder / "train.log").read_text()

    found = campaign(
        stopped, tmp_path, resume, names=names, beside=beside, forms=("pickle", "torch"), seal=seal_checkpoints
    )
    _report("checkpoint", *found)


def test_a_cache(make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    config = make_config({"max_steps": 1})
    train(Params(config), tmp_path / "first")

    def seal(folder: Path) -> None:
        for facts in folder.rglob("facts.json"):
            if _is_json(facts):
                digest = hashlib.sha256((facts.parent / "data.arrow").read_bytes()).hexdigest()
                facts.write_text(json.dumps({**json.loads(facts.read_text()), "sha256": digest}))

    def read(folder: Path) -> None:
        monkeypatch.setenv("SPANREG_CACHE", str(folder))
        train(Params(config), tmp_path / "again", force=True)

    for sealed in (seal, lambda folder: None):
        found = campaign(tmp_path / "cache", tmp_path, read, forms=("pickle", "torch"), seal=sealed)
        _report("cache", *found)


def test_a_study(make_study_in: Callable[..., Path], tmp_path: Path) -> None:
    predictions = {"base": {1: [0, 1, 1], 2: [0, 1, 1]}, "plain": {1: [0, 1, 0], 2: [0, 0, 0]}}
    study = make_study_in(tmp_path, predictions, [0, 1, 1])
    _report("study", *campaign(study, tmp_path, read_study, beside=BESIDE))
    (tmp_path / "packs").mkdir()
    pack_study(study, tmp_path / "packs" / "study.zip")
    _report("pack", *campaign(tmp_path / "packs", tmp_path, lambda folder: read_study(folder / "study.zip")))
    assert StudyReader(study).read()
