"""Merge the runs of one study from several machines."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from spanreg.registry import ConfigurationError, MistakeCollector
from spanreg.storage import read_manifest, read_sealed, whole_file, write_manifest, write_sealed
from spanreg.studies.exchange.merge_conflicts import MergeSource, merge_conflicts
from spanreg.studies.exchange.pack import is_packed, opened_study
from spanreg.studies.execute.folder import REGISTRATION, SEARCH, TEXTS, TRIALS, StudyReader, StudyWriter
from spanreg.studies.execute.progress import FINISHED, state_of
from spanreg.studies.execute.record import StudyRecord
from spanreg.training.runs.layout import STATUS, WEIGHTS

logger = logging.getLogger(__name__)

_MODEL = "model"
_FROM_PACK = "the run was merged from a pack, which has no weights"
"Why a run has no weights, in its status."


def merge_studies(sources: Sequence[Path], target: Path) -> StudyRecord:
    """Merge the finished runs of one study from several machines into one folder.

    Runs are matched by their ids, which cover config, data, code and seed. The studies must agree in everything that
    decides what is compared and how, and so must arms of one name, registrations, results of searches, and results of
    runs that several of them have finished. Seeds, arms and modes are joined.

    Args:
        sources: folders or packs.
        target: the folder of the merged study; it is new, empty, or contains the same study.

    Returns:
        The record of the merged study.

    Raises:
        ConfigurationError: a source is not a study or is damaged, or the sources disagree; all disagreements at once.

    ``merge_studies([Path("a.zip"), Path("b.zip")], Path("joined"))``
    """
    # Packs stay unpacked until their runs are copied.
    with ExitStack() as stack:
        # Everything is read and compared before the target is made, so that a mistake leaves nothing behind.
        found = []
        mistakes = MistakeCollector()
        for path in dict.fromkeys(sources):
            with mistakes:
                study = stack.enter_context(opened_study(path))
                found.append(MergeSource(str(path), study, study.read()))
        mistakes.raise_all()
        if (known := StudyReader(target).find()) is not None:
            # First, so that what the target has already wins.
            found.insert(0, MergeSource(str(target), StudyReader(target), known))
        if problems := merge_conflicts(found):
            raise ConfigurationError(problems)
        with StudyWriter(target).locked() as folder:
            joined = _joined(found, folder)
            for source in found:
                _copy_runs(source, folder, joined)
                _copy_texts(source.folder, folder)
            _write_search(found, folder, joined)
            # Last, so that the plan of a killed merge does not list runs that are still missing.
            folder.write(joined)
    return joined


def _joined(sources: Sequence[MergeSource], target: StudyReader) -> StudyRecord:
    """Return the record of the merged study: that of the first source, with the arms and runs of all."""
    records = [source.record for source in sources]
    arms = {arm.name: arm for record in reversed(records) for arm in record.arms}
    order = list(dict.fromkeys(arm.name for record in records for arm in record.arms))
    # Arms of one config share run ids, so the arm is part of the key.
    # Reversed, so that the record of the first source wins.
    runs = {(run.id, run.arm): run for record in reversed(records) for run in record.runs}
    known = dict.fromkeys((run.id, run.arm) for record in records for run in record.runs)
    ordered = [runs[key] for key in known]
    # A source that adds nothing keeps the order of the first, in which its runs were made.
    if len(ordered) > len(records[0].runs):
        ordered.sort(key=lambda run: (order.index(run.arm), run.seed, run.fold or 0))
    # Arms of one config share a folder, which each source names by the first of its own arms.
    folders = {run.id: run.folder for run in reversed(ordered)}
    first = sources[0]
    return replace(
        first.record,
        arms=[arms[name] for name in order],
        runs=[replace(run, folder=folders[run.id]) for run in ordered],
        modes=list(dict.fromkeys(mode for record in records for mode in record.modes)),
        included=list(dict.fromkeys(package for record in records for package in record.included)),
        directory=_directory(first, target),
    )


def _directory(source: MergeSource, target: StudyReader) -> str:
    """Return the source's working directory relative to the target; empty if it is not known, as for a pack."""
    if not source.record.directory:
        return ""
    # A study that was copied from another machine names a directory that may not exist here.
    there = source.folder.path.absolute() / source.record.directory
    return os.path.relpath(there, target.path.absolute()) if there.is_dir() else ""


def _write_search(sources: Sequence[MergeSource], target: StudyWriter, joined: StudyRecord) -> None:
    """Write the registration and the results of searches that some source has."""
    for name in (REGISTRATION, f"{SEARCH}/{TRIALS}"):
        # The first one is enough: ``merge_conflicts`` has checked that those of all sources agree.
        holder = next((source.folder.path / name for source in sources if (source.folder.path / name).exists()), None)
        if holder is not None and not (target.path / name).exists():
            _copy_file(holder, target.path / name)
    tunings = {tuning["arm"]: tuning for source in sources for tuning in source.folder.tunings()}
    if len(tunings) > len(target.tunings()):
        (target.path / SEARCH).mkdir(exist_ok=True)
        target.write_tunings([tunings[arm.name] for arm in joined.arms if arm.name in tunings])


def _copy_texts(source: StudyReader, target: StudyReader) -> None:
    """Copy the texts of the examples, which packs may have."""
    for file in (source.path / TEXTS).glob("*.jsonl"):
        if not (target.path / TEXTS / file.name).exists():
            _copy_file(file, target.path / TEXTS / file.name)


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as temporary:
        shutil.copyfile(source, temporary)


def _copy_runs(source: MergeSource, target: StudyReader, joined: StudyRecord) -> None:
    """Copy the runs that are finished in the source only, or have weights there only, each whole or not at all."""
    places = {run.id: run for run in joined.unique_runs()}
    for key, run in source.finished_runs().items():
        here, there = target.run_path(places[key]), source.folder.run_path(run)
        has_more = (there / _MODEL).exists() and not (here / _MODEL).exists()
        if here == there or (state_of(here, run).state == FINISHED and not has_more):
            continue
        logger.debug("copying %s", run.name)
        # Copied under another name first: a killed merge must not leave half a run that looks finished.
        partial = here.with_name(f".{here.name}.merge.part")
        shutil.rmtree(partial, ignore_errors=True)
        # A link is copied as a link: following it would copy files from outside of the source.
        shutil.copytree(there, partial, symlinks=True, ignore=shutil.ignore_patterns(".lock"))
        # A folder cannot be renamed onto one that has files: an unfinished run, or one without weights, goes first.
        shutil.rmtree(here, ignore_errors=True)
        if source.is_pack:
            _record_left_out(partial)
        partial.rename(here)


def _record_left_out(path: Path) -> None:
    """Record in a run from a pack that the files that packs leave out are missing on purpose."""
    try:
        status, manifest = read_sealed(path / STATUS), read_manifest(path)
    except ConfigurationError:
        return  # the run stays damaged as it is, and 'spanreg verify' reports it
    if manifest is None:
        return
    # A run without weights in its manifest has the reason in its state already.
    if any(name.startswith(f"{_MODEL}/") for name in manifest.files):
        write_sealed(path / STATUS, {**status, WEIGHTS: _FROM_PACK})
    # A file that packs have, and this one lacks, is still a fault.
    kept = {name: record for name, record in manifest.files.items() if is_packed(name)}
    write_manifest(path, kept, manifest.pending)
