"""Verify runs, studies, packs, models, exports, checkpoints and dictionaries against their checksums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from zipfile import is_zipfile

from spanreg.registry import ConfigurationError
from spanreg.storage import MANIFEST, DamagedFileError, VerifiedFolder, damaged, read_sealed
from spanreg.studies.execute.folder import PLAN, REGISTRATION, SEARCH, TRIALS, TUNED, StudyReader
from spanreg.training.runs.layout import STATUS, RunFolder

_DICTIONARY: Final = ".parquet"
"Suffix of dictionaries."
_PACK: Final = ".zip"
"Usual suffix of packs."


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """Outcome of verifying one folder or file.

    ``[result.faults for result in verify(Path("run"))]``
    """

    path: Path
    kind: str
    "run, study, pack, model, checkpoint, dictionary, or folder (such as an export)."
    files: int = 0
    "Number of verified files."
    bytes: int = 0
    "Size of the verified files."
    faults: list[str] = field(default_factory=list)
    "One message for each file that has changed since it was written."
    note: str = ""
    "Why files were not verified, if any were not."


def verify(path: Path) -> Iterator[VerificationResult]:
    """Verify a path that spanreg wrote against the checksums in its manifests; of a study also every run.

    Raises:
        ConfigurationError: nothing at the path was written by spanreg.
    """
    if path.is_file() and path.suffix == _DICTIONARY:
        yield _dictionary(path)
    # By suffix, too: a pack that was cut off is no archive.
    elif path.is_file() and (path.suffix == _PACK or is_zipfile(path)):
        yield _pack(path)
    elif (path / PLAN).exists():
        yield from _study(path)
    elif (path / STATUS).exists():
        yield from _run(path)
    # A run that lost its status must not pass as some other folder with a manifest.
    elif (path / MANIFEST).exists() and (path / "metrics.json").exists():
        yield VerificationResult(path, "run", faults=[f"{path / STATUS} is missing"])
    elif (path / MANIFEST).exists():
        is_model = (path / "config.json").exists()
        yield _folder(path, "model" if is_model else "folder")
    elif (path / "config.json").exists() and any(path.glob("*.safetensors")):
        yield VerificationResult(path, "model", note=f"it has no {MANIFEST}, so nothing can be verified")
    else:
        hint = "name a run, study, pack, model, export or dictionary"
        problem = "contains nothing that spanreg wrote" if path.exists() else "does not exist"
        raise ConfigurationError(f"{path} {problem}", hint=hint)


def _study(path: Path) -> Iterator[VerificationResult]:
    faults = []
    sealed = [
        name for name in (PLAN, REGISTRATION, f"{SEARCH}/{TRIALS}", f"{SEARCH}/{TUNED}") if (path / name).exists()
    ]
    for name in sealed:
        try:
            read_sealed(path / name)
        except DamagedFileError as error:
            faults.append(str(error))
    yield VerificationResult(path, "study", len(sealed), sum((path / name).stat().st_size for name in sealed), faults)
    # A damaged plan does not say where the runs are.
    if not faults:
        study = StudyReader(path)
        for run in study.read().unique_runs():
            if study.run_path(run).exists():
                yield from _run(study.run_path(run))


def _pack(path: Path) -> VerificationResult:
    """Return the outcome of comparing every member of a pack with its index; the runs in it have been packed whole."""
    from spanreg.studies.exchange.pack import opened_study  # imports readers of data, which no other kind needs

    try:
        with opened_study(path) as study:
            sizes = [file.stat().st_size for file in study.path.rglob("*") if file.is_file()]
            study.read()
    except ConfigurationError as error:
        return VerificationResult(path, "pack", faults=[str(error)])
    return VerificationResult(path, "pack", len(sizes), sum(sizes))


def _run(path: Path) -> Iterator[VerificationResult]:
    run = RunFolder(path)
    status = run.status()
    if run.has_damaged_status():
        yield VerificationResult(
            path, "run", faults=[f"{path / STATUS} is damaged: it does not hold the state of a run"]
        )
    elif status is None:
        yield VerificationResult(path, "run", note="it has not started")
    elif status["state"] != "finished":
        yield VerificationResult(path, "run", note=f"it is not finished: it {run.ending()}")
    else:
        yield _finished(run)
    # The manifest of a run leaves out its checkpoints, which have manifests of their own.
    for step in run.checkpoints.steps():
        yield _folder(run.checkpoints.path(step), "checkpoint")


def _finished(run: RunFolder) -> VerificationResult:
    try:
        run.require_whole_status()
    except DamagedFileError as error:
        return VerificationResult(run.path, "run", faults=str(error).splitlines())
    if not (run.path / MANIFEST).exists():
        note = f"an earlier version of spanreg wrote it without a {MANIFEST}, so nothing can be verified"
        return VerificationResult(run.path, "run", note=note)
    result = _folder(run.path, "run")
    if reason := run.discarded_weights:
        return replace(result, note=f"its weights were not kept ({reason})")
    return result


def _folder(path: Path, kind: str) -> VerificationResult:
    try:
        files = VerifiedFolder(path)
    except DamagedFileError as error:
        return VerificationResult(path, kind, faults=[str(error)])
    # Other tools have files of this name, too.
    if files.manifest is None:
        return VerificationResult(
            path, kind, note=f"its {MANIFEST} is not one of spanreg's, so nothing can be verified"
        )
    faults = [str(damaged(path / name, fault)) for name, fault in files.faults().items()]
    records = files.manifest.files.values()
    return VerificationResult(path, kind, len(records), sum(record.bytes for record in records), faults)


def _dictionary(path: Path) -> VerificationResult:
    from spanreg.dictionaries.tables.artefact import read_dictionary  # imports Arrow, which no other kind needs

    try:
        read_dictionary(path)
    except ConfigurationError as error:
        return VerificationResult(path, "dictionary", 1, path.stat().st_size, [str(error)])
    return VerificationResult(path, "dictionary", 1, path.stat().st_size)
