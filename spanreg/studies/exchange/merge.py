"""Merge the runs of one study from several machines."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spanreg.registry import ConfigurationError
from spanreg.storage import whole_file
from spanreg.studies.exchange.pack import opened_study
from spanreg.studies.execute.folder import REGISTRATION, SEARCH, TUNED, StudyReader, StudyWriter
from spanreg.studies.execute.progress import FINISHED, state_of
from spanreg.studies.execute.record import StudyRecord

logger = logging.getLogger(__name__)


def merge_studies(sources: Sequence[Path], target: Path) -> StudyRecord:
    """Merge the finished runs of one study from several machines into one folder.

    Runs are matched by their ids, which cover config, data, code and seed. Arms of one name must have the same config
    in all sources.

    Args:
        sources: folders or packs.
        target: the folder of the merged study; it is new, empty, or contains the same study.

    Returns:
        The record of the merged study.

    Raises:
        ConfigurationError: a source is not a study or is damaged, or the sources belong to different studies.

    ``merge_studies([Path("a.zip"), Path("b.zip")], Path("joined"))``
    """
    # Read before the target is made, so that a wrong source leaves nothing behind.
    for source in sources:
        with opened_study(source) as other:
            other.read()
    joined: StudyRecord | None = None
    folder = StudyWriter(target)
    with folder.locked():
        joined = folder.find()
        for source in sources:
            with opened_study(source) as other:
                record = other.read()
                joined = record if joined is None else _joined(joined, record, source)
                _copy_runs(other, record, folder, joined)
                _copy_results(other, folder)
        assert joined is not None
        folder.write(joined)
    return joined


def _joined(one: StudyRecord, other: StudyRecord, source: Path) -> StudyRecord:
    shared = ("baseline", "metric", "split", "reserve", "folds", "code")
    differing = [name for name in shared if getattr(one, name) != getattr(other, name)]
    arms = one.by_name()
    differing += [
        f"arm '{arm.name}'"
        for arm in other.arms
        if arm.name in arms and (arm.config, arm.inputs) != (arms[arm.name].config, arms[arm.name].inputs)
    ]
    # Scores of other code or data are not comparable, even if all names are equal.
    if differing:
        problem = f"{source} belongs to another study: it differs in {', '.join(differing)}"
        raise ConfigurationError(problem, hint="merge studies of one file, one version of the code and the same data")
    # Arms of one config share run ids, so the arm is part of the key.
    known = {(run.id, run.arm) for run in one.runs}
    added = [arm for arm in other.arms if arm.name not in arms]
    return replace(
        one,
        arms=[*one.arms, *added],
        runs=[*one.runs, *(run for run in other.runs if (run.id, run.arm) not in known)],
    )


def _copy_results(source: StudyReader, target: StudyReader) -> None:
    """Copy the registration and the results of searches that only the source has."""
    for name in (REGISTRATION, f"{SEARCH}/{TUNED}"):
        if (source.path / name).exists() and not (target.path / name).exists():
            (target.path / name).parent.mkdir(parents=True, exist_ok=True)
            with whole_file(target.path / name) as temporary:
                shutil.copyfile(source.path / name, temporary)


def _copy_runs(source: StudyReader, record: StudyRecord, target: StudyReader, joined: StudyRecord) -> None:
    """Copy the runs that are finished in the source only, each whole or not at all."""
    places = {run.id: run for run in joined.unique_runs()}
    for run in record.unique_runs():
        here, there = target.run_path(places[run.id]), source.run_path(run)
        if state_of(there, run).state != FINISHED or state_of(here, run).state == FINISHED:
            continue
        logger.debug("copying %s", run.name)
        # Copied under another name first: a killed merge must not leave half a run that looks finished.
        partial = here.with_name(f".{here.name}.merge.part")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(there, partial, symlinks=True, ignore=shutil.ignore_patterns(".lock"))
        shutil.rmtree(here, ignore_errors=True)
        partial.rename(here)
