"""Packs: a study's results as one ZIP archive without weights, from which reports can be made.

A pack contains what a report reads: the plan, and for each finished run its config, figures, data and span statistics,
environment and predictions, including those of every evaluation. It contains texts of the examples only on request. The
first member, ``pack.json``, has size and SHA-256 of every other member. The same study gives the same bytes.
"""

from __future__ import annotations

import json
import logging
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePath, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from spanreg.limits import largest
from spanreg.registry import ConfigurationError
from spanreg.storage import MANIFEST, VerifiedFolder, in_directory_of, name_fault, read_bytes, whole_file
from spanreg.studies.define.folds import config_of_run
from spanreg.studies.define.inputs import reader_of
from spanreg.studies.exchange.text_removal import without_texts
from spanreg.studies.execute.folder import REGISTRATION, REPEAT_RUN, SEARCH, SEARCH_AGAIN, TRIALS, TUNED, StudyReader
from spanreg.studies.execute.progress import FINISHED, state_of
from spanreg.studies.execute.record import PlannedRun, StudyRecord
from spanreg.training.runs.layout import EVALUATION_SUFFIXES, EVALUATIONS

logger = logging.getLogger(__name__)

FORMAT: Final = 1
"Version of the layout of a pack."
INDEX: Final = "pack.json"
LARGEST_PACK: Final = 4 * 2**30
"Largest unpacked size of a pack, in bytes."

_PLAN = "plan.json"
_RUN_FILES = (
    "config.json",
    "config.resolved.json",
    "data.json",
    "environment.json",
    "inference.json",
    MANIFEST,
    "metrics.json",
    "status.json",
)
_PREDICTIONS = ("predictions", EVALUATIONS)
_REQUIRED = frozenset({"data.json", "inference.json", "metrics.json", "status.json"})
"Files that a report needs."
_TIME = (1980, 1, 1, 0, 0, 0)
"Fixed time of all members, the earliest of the format, so that equal studies give equal bytes."
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
"Exceptions of ``zipfile`` for archives that are damaged, encrypted or of an unknown form."


@dataclass(frozen=True, slots=True)
class PackSummary:
    """Contents of a pack.

    ``pack_study(Path("study"), Path("study.zip")).runs``
    """

    runs: int
    "Number of finished runs."
    left_out: int
    "Number of unfinished runs, which are not in the pack."
    bytes: int
    "Size of the archive."
    texts: bool
    "Whether the texts of the examples are in it."


def pack_study(path: Path, output: Path, *, with_texts: bool = False) -> PackSummary:
    """Write the finished runs of a study into one archive.

    Args:
        path: the study's folder.
        output: the archive; it appears whole or not at all.
        with_texts: include the texts of the scored examples, which the report shows; this reads the data, whose licence
            must allow it.

    Raises:
        ConfigurationError: there is no study, no run of it is finished, a run lacks a file, or ``output`` cannot be
            written.

    ``pack_study(Path("study"), Path("study.zip"))``
    """
    folder = StudyReader(path)
    record = folder.read()
    runs = record.unique_runs()
    finished = [run for run in runs if state_of(folder.run_path(run), run).state == FINISHED]
    if not finished:
        raise ConfigurationError(f"no run of the study in {path} is finished", hint="run it: spanreg study run")
    # The working directory of this machine has no meaning on others.
    members = {_PLAN: _json_bytes(asdict(replace(record, directory="")))}
    members |= _run_members(folder, finished, with_texts=with_texts)
    if (path / REGISTRATION).exists():
        members[REGISTRATION] = read_bytes(path / REGISTRATION, "restore the file")
    # Without the results of its searches, a study that continues from the pack would lose the arms that they found.
    found = {TRIALS: folder.search_result(), TUNED: folder.tunings()}
    searches = [f"{SEARCH}/{name}" for name, content in found.items() if content]
    members |= {name: read_bytes(path / name, SEARCH_AGAIN) for name in searches}
    if with_texts:
        members |= _text_members(record, folder, finished)
    with whole_file(output) as temporary:
        _write(temporary, members)
    return PackSummary(len(finished), len(runs) - len(finished), output.stat().st_size, with_texts)


@contextmanager
def opened_study(path: Path) -> Iterator[StudyReader]:
    """Yield the reader of a study's folder, or of a pack unpacked into a temporary folder while the block runs.

    Raises:
        ConfigurationError: the pack is damaged, too large, of another version, or has unknown members.
    """
    if not path.is_file():
        yield StudyReader(path)
        return
    if path.suffix in (".jsonnet", ".libsonnet", ".json"):
        hint = "name the folder that 'spanreg study run' wrote with -s, or a pack of it"
        raise ConfigurationError(f"{path} is not the result of a study", hint=hint)
    with TemporaryDirectory(prefix="spanreg-pack-") as name:
        extract_pack(path, Path(name))
        yield StudyReader(Path(name))


def extract_pack(path: Path, target: Path) -> None:
    """Write the members of a pack into a folder, after checking each against the index.

    Raises:
        ConfigurationError: as for ``opened_study``.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise _damaged(path, f"it cannot be read ({error})") from error
    with archive:
        for name, expected in _index(path, archive).items():
            content = _read(path, archive, name, expected["bytes"])
            if len(content) != expected["bytes"] or sha256(content).hexdigest() != expected["sha256"]:
                raise _damaged(path, f"'{name}' does not have the SHA-256 in {INDEX}")
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _run_members(folder: StudyReader, runs: list[PlannedRun], *, with_texts: bool) -> dict[str, bytes]:
    """Return the verified content of all files of the runs that a pack has, by member name."""
    members: dict[str, bytes] = {}
    for run in runs:
        path = folder.run_path(run)
        verified, contents = VerifiedFolder(path, REPEAT_RUN), dict[str, bytes]()
        predictions = sorted(file for name in _PREDICTIONS for file in (path / name).glob("*") if _is_listed(file))
        # A required file is read even if it is missing, so that the error names it.
        files = [path / name for name in _RUN_FILES if (path / name).is_file() or name in _REQUIRED]
        for file in [*files, *predictions]:
            inside = file.relative_to(path).as_posix()
            # What unpacking rejects must not be packed.
            if not _is_member(f"{run.folder}/{inside}"):
                problem = f"a pack cannot have a member '{run.folder}/{inside}'"
                raise ConfigurationError(problem, hint="rename the split or arm")
            # The two that no manifest records: they carry a checksum of their own, verified when they are read.
            is_sealed = file.name in (MANIFEST, "status.json")
            contents[inside] = read_bytes(file, REPEAT_RUN) if is_sealed else verified.read_bytes(inside)
        if not with_texts:
            contents = without_texts(contents, path, REPEAT_RUN)
        members |= {f"{run.folder}/{inside}": content for inside, content in contents.items()}
    return members


def _text_members(record: StudyRecord, folder: StudyReader, runs: list[PlannedRun]) -> dict[str, bytes]:
    """Return the texts of every scored split of a finished run, by member name."""
    members: dict[str, bytes] = {}
    arms = record.by_name()
    for run in runs:
        reader_of_run = folder.run(run)
        written, data = reader_of_run.read("metrics"), reader_of_run.read("data")
        for split in written["splits"]:
            # A split that 'spanreg evaluate' added has no entry in data.json.
            fingerprint = data.get(split, {}).get("fingerprint")
            # Runs share their data, so the texts of most splits have been read for an earlier run.
            if fingerprint is None or (name := f"texts/{folder.texts_path(fingerprint).name}") in members:
                continue
            with in_directory_of(folder.path, record.directory):
                config = config_of_run(arms[run.arm].config, run.seed, run.fold)
                reader = reader_of(config, {split: fingerprint})
                if reader.fingerprint(split) != fingerprint:
                    problem = f"the split '{split}' has changed since '{run.name}' was scored on it"
                    raise ConfigurationError(problem, hint="restore the data, or pack without --with-texts")
                found = reader.read(split)
            rows = ({key: row[key] for key in ("idx", "text", "pair") if key in row} for row in found)
            members[name] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    return members


def _is_member(name: str) -> bool:
    """Return whether a pack can have a member of this name."""
    # Only known names pass, so that unpacking a stranger's archive writes nothing outside these places.
    parts = name.split("/")
    if any(map(name_fault, parts)):
        return False
    match parts:
        case ["plan.json"] | ["registration.json"] | ["search", "trials.json" | "tuned.json"]:
            return True
        case ["runs", _, *inside]:
            return is_packed("/".join(inside))
        case ["texts", _]:
            return _is_listed(PurePosixPath(name))
    return False


def is_packed(name: str) -> bool:
    """Return whether packs have a file of a run, by its name relative to the run's folder."""
    match name.split("/"):
        case [file]:
            return file in _RUN_FILES
        case [folder, _]:
            return folder in _PREDICTIONS and _is_listed(PurePosixPath(name))
    return False


def _is_listed(file: PurePath) -> bool:
    """Return whether a file of texts, predictions or evaluations has a suffix of those that a pack holds."""
    return file.suffix in (EVALUATION_SUFFIXES if file.parent.name == EVALUATIONS else (".jsonl",))


def _write(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the archive: the index, then all members."""
    # Sorted names, since the order of members is part of the bytes.
    names = sorted(members)
    facts = {name: {"bytes": len(members[name]), "sha256": sha256(members[name]).hexdigest()} for name in names}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_entry(INDEX), _json_bytes({"format": FORMAT, "members": facts}))
        for name in names:
            archive.writestr(_entry(name), members[name])


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry with fixed time, system and permissions."""
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # 3 is Unix; zipfile would otherwise store the system that packs.
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _index(path: Path, archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every member, after checking all of them against the archive."""
    # A duplicate name would let the checked member differ from the unpacked one.
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) != len(archive.infolist()) or INDEX not in entries:
        raise _damaged(path, f"{INDEX} is missing, or a member occurs twice")
    try:
        # Sizes in an archive cannot be trusted, so the index has a fixed limit, far above that of any real pack.
        index = json.loads(_read(path, archive, INDEX, LARGEST_PACK // 64))
        version, facts = index["format"], index["members"]
        members: dict[str, dict[str, Any]]
        members = {str(name): {"bytes": int(one["bytes"]), "sha256": str(one["sha256"])} for name, one in facts.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"its {INDEX} cannot be read") from error
    if version != FORMAT:
        problem = f"{path} is a pack of layout {version}, this version reads {FORMAT}"
        raise ConfigurationError(problem, hint="use the version of spanreg that wrote it")
    # Security: a negative size would lower the total below, and ``read`` has no limit if its argument is negative.
    if any(one["bytes"] < 0 for one in members.values()):
        raise _damaged(path, f"its {INDEX} has a negative size")
    unknown = [name for name in {*entries, *members} if name != INDEX and not _is_member(name)]
    if unknown:
        raise _damaged(path, f"it has an unknown member '{min(unknown)}'")
    if {*entries} - {INDEX} != {*members} or _PLAN not in members:
        raise _damaged(path, f"its members are not those that {INDEX} lists")
    total = sum(int(one["bytes"]) for one in members.values())
    # Sizes come from the index, and each member is checked against its size when it is read.
    if total > (most := min(LARGEST_PACK, largest(path.stat().st_size))):
        problem = f"{path} would unpack to {total:,} bytes, more than {most:,}"
        raise ConfigurationError(problem, hint="if the size is expected, allow more: --limit expansion=N")
    return members


def _read(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return the content of a member, without reading more than its allowed size."""
    try:
        with archive.open(name) as stream:
            # One byte more than allowed shows an oversized member without unpacking the rest of it.
            content = stream.read(most + 1)
    except _UNREADABLE as error:
        raise _damaged(path, f"'{name}' cannot be read ({error})") from error
    if len(content) > most:
        raise _damaged(path, f"'{name}' is larger than its size in {INDEX}")
    return content


def _damaged(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{path} is a damaged pack: {problem}", hint="copy it again, or pack the study again")
