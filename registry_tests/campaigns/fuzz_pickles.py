"""Pickles that replace every file of a folder, or are added to it: no reader loads one, which would leave a trace."""

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
PICKLE_NAMES = (
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
"Names of files that libraries load as pickles."


class PlantedPickle:
    """Object that creates a folder when it is unpickled.

    Parameters:
        canary: the folder, which shows that the pickle was loaded.
    """

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


def _torch_bytes(planted: PlantedPickle) -> bytes:
    """Return a file of ``torch.save``."""
    stream = io.BytesIO()
    torch.save({"state": planted}, stream)
    return stream.getvalue()


def _npy_bytes(planted: PlantedPickle) -> bytes:
    """Return a file of ``numpy.save``."""
    stream = io.BytesIO()
    np.save(stream, np.array([planted], dtype=object), allow_pickle=True)
    return stream.getvalue()


def _npz_bytes(planted: PlantedPickle) -> bytes:
    """Return a file of ``numpy.savez``."""
    stream = io.BytesIO()
    np.savez(stream, words=np.array([planted], dtype=object))
    return stream.getvalue()


FORMS: dict[str, Callable[[PlantedPickle], bytes]] = {
    "pickle": pickle.dumps,
    "torch": _torch_bytes,
    "npy": _npy_bytes,
    "npz": _npz_bytes,
}


def copies_with_pickles(
    source: Path, work: Path, names: Sequence[str], forms: Sequence[str], seal: Callable[[Path], None]
) -> Iterator[tuple[str, Path]]:
    """Yield a copy of a folder for each of its files and each form, with a pickle in the place of that file."""
    for name in names:
        for form in forms:
            folder = work / "copy"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(FORMS[form](PlantedPickle(work / "canary")))
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
    """Plant pickles one at a time, and read the folder each time.

    Args:
        source: the folder, which is copied.
        work: folder for the copies.
        read: reader of a copy, which may raise any error.
        beside: names of files to add, relative to the folder.
        names: files to replace; default: all.
        forms: forms of the pickles.
        seal: writes new checksums into a copy, as an attacker could.

    Returns:
        The pickles that were loaded, and the number of planted ones.
    """
    complete = work / "whole"
    shutil.copytree(source, complete)
    seal(complete)
    read(complete)
    shutil.rmtree(complete)
    loaded, planted = [], 0
    for name, folder in copies_with_pickles(source, work, [*(names or _file_names(source)), *beside], forms, seal):
        planted += 1
        with suppress(Exception, SystemExit):
            read(folder)
        if (work / "canary").exists():
            (work / "canary").rmdir()
            loaded.append(name)
    return loaded, planted


def _file_names(folder: Path) -> list[str]:
    """Return the relative paths of all files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def forget_checksums(folder: Path) -> None:
    """Remove the checksums of a run folder, as an earlier version wrote it."""
    for manifest in folder.rglob("manifest.json"):
        if "checkpoints" not in manifest.parts:
            manifest.unlink()
    status = json.loads((folder / "status.json").read_text()) if _is_json(folder / "status.json") else {}
    if status:
        (folder / "status.json").write_text(json.dumps({"state": status["state"]}))


def _is_json(path: Path) -> bool:
    """Return whether a file has a JSON object, rather than a planted pickle."""
    with suppress(ValueError, OSError):
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    return False


def seal_checkpoints(folder: Path) -> None:
    """Write new manifests for all checkpoints of a run."""
    for step in (folder / "checkpoints").glob("step-*"):
        if _is_json(step / "manifest.json"):
            (step / "manifest.json").unlink()
            write_manifest(step, record_files(step, files_below(step)))


def _call_all(*reads: Callable[[], Any]) -> None:
    """Call all readers, and then raise the first error."""
    errors = []
    for read in reads:
        try:
            read()
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def read_finished_run(folder: Path) -> None:
    """Read a run for a study, for predictions and for an evaluation."""
    _call_all(
        lambda: read_run(PlannedRun("", "", 1, ""), folder),
        lambda: list(predict(SavedRun(folder), [[b'{"text": "the red fox"}']], "line")),
        lambda: evaluate_on_split(SavedRun(folder), "validation"),
    )


def read_model(folder: Path) -> None:
    """Load the model of a run by the auto classes of transformers."""
    _call_all(
        lambda: AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True),
        lambda: AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=False),
    )


def read_encoder(folder: Path) -> None:
    """Load a pretrained encoder from a folder."""
    encoder = Encoder.from_params({"type": "pretrained", "model": str(folder)})
    _call_all(lambda: encoder.tokenizer, encoder.load)


def read_study(folder: Path) -> None:
    """Read the states and the report of a study."""
    with opened_study(folder) as study:
        _call_all(lambda: run_states(study, study.read()), lambda: report_facts(read_results(study)))


@pytest.fixture(scope="module")
def stopped_run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a stopped run with a checkpoint."""
    folder = tmp_path_factory.mktemp("stopped") / "run"
    train(Params(make_config({"max_steps": 2, "checkpoint_every": 1, "keep": 1})), folder)
    (folder / "status.json").write_text('{"state": "interrupted"}')
    (folder / "manifest.json").unlink()
    return folder


@pytest.fixture(scope="module")
def finished_run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run whose segmenter has a separate dictionary."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    segmenter = {"type": "max_match", "dictionary": make_config()["dictionary"]}
    train(Params(make_config({"max_steps": 1}, segmenter=segmenter)), folder)
    return folder


def _require_none_loaded(source: str, loaded: list[str], planted: int) -> None:
    logger.info("%s: %d pickles planted, %d loaded", source, planted, len(loaded))
    assert not loaded


def test_no_pickle_in_a_run_is_loaded(finished_run: Path, tmp_path: Path) -> None:
    beside = [f"{folder}{name}" for folder in ("", "model/", "dictionaries/") for name in PICKLE_NAMES]
    _require_none_loaded(
        "run", *campaign(finished_run, tmp_path, read_finished_run, beside=beside, seal=forget_checksums)
    )


def test_no_pickle_in_a_model_is_loaded(finished_run: Path, tmp_path: Path) -> None:
    _require_none_loaded("model", *campaign(finished_run / "model", tmp_path, read_model, beside=PICKLE_NAMES))


def test_no_pickle_in_an_encoder_is_loaded(finished_run: Path, tmp_path: Path) -> None:
    source = tmp_path / "encoder"
    shutil.copytree(finished_run / "model", source)
    SavedRun(finished_run).model.encoder.backbone.save_pretrained(source)
    _require_none_loaded("encoder", *campaign(source, tmp_path, read_encoder, beside=PICKLE_NAMES))


def test_no_pickle_in_a_checkpoint_is_loaded(stopped_run: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"max_steps": 4, "checkpoint_every": 1, "keep": 1})
    names = [name for name in _file_names(stopped_run) if name.startswith("checkpoints")]
    beside = [f"checkpoints/step-2/{name}" for name in PICKLE_NAMES]

    def resume(folder: Path) -> None:
        train(Params(config), folder)
        assert "resuming from the checkpoint of step 2" in (folder / "train.log").read_text()

    result = campaign(
        stopped_run, tmp_path, resume, names=names, beside=beside, forms=("pickle", "torch"), seal=seal_checkpoints
    )
    _require_none_loaded("checkpoint", *result)


def test_no_pickle_in_a_cache_is_loaded(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    for seal_folder in (seal, lambda folder: None):
        result = campaign(tmp_path / "cache", tmp_path, read, forms=("pickle", "torch"), seal=seal_folder)
        _require_none_loaded("cache", *result)


def test_no_pickle_in_a_study_is_loaded(make_study_in: Callable[..., Path], tmp_path: Path) -> None:
    predictions = {"base": {1: [0, 1, 1], 2: [0, 1, 1]}, "plain": {1: [0, 1, 0], 2: [0, 0, 0]}}
    study = make_study_in(tmp_path, predictions, [0, 1, 1])
    _require_none_loaded("study", *campaign(study, tmp_path, read_study, beside=PICKLE_NAMES))
    (tmp_path / "packs").mkdir()
    pack_study(study, tmp_path / "packs" / "study.zip")
    _require_none_loaded(
        "pack", *campaign(tmp_path / "packs", tmp_path, lambda folder: read_study(folder / "study.zip"))
    )
    assert StudyReader(study).read()
