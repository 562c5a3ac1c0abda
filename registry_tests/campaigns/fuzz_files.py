"""Flip, cut, replace and edit every small file: each reader raises one error that names the file, or is right.

Files with checksums must give the answer of the undamaged folder or an error. Files that an earlier version wrote
without checksums may give another answer, but never another kind of error.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from registry_tests.campaigns.damaged_things import SUBJECTS, Subject
from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

SMALL = 1 << 20
"Bytes. Larger files are weights, and are flipped in fewer places."
FLIPS, CUTS, EDITS = 120, 24, 120
"Of each file; edits are of its JSON values."
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "../../x",
    "\ud800",
    "type",
    [],
    [[]],
    [None],
    {},
    {"a": 1},
)
"Take the place of a value in JSON: right by its syntax, and wrong by what it means."
CONTENTS: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "an object": b"{}",
    "a word": b"null",
    "a number": b"1e999",
    "a deep list": b"[" * 200_000,
    "a deep object": b'{"a":' * 200_000,
    "5,000 digits": b'{"format": ' + b"9" * 5000 + b"}",
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "zeros": bytes(4096),
}


@dataclass(frozen=True, slots=True)
class Damage:
    """One way to damage a file."""

    name: str
    "Path of the file, relative to its folder."
    how: str
    content: bytes | None
    "New content; None removes the file."


@dataclass(frozen=True, slots=True)
class Amounts:
    """How often each file is damaged in each way."""

    flips: int
    "Bits that are flipped, one at a time."
    cuts: int
    "Places at which the file is cut."
    contents: int = len(CONTENTS)
    "How many of ``CONTENTS`` replace it."
    edits: int = 0
    "Values of its JSON that are replaced, one at a time."


def damages(folder: Path, names: list[str], random: Random, amounts: Amounts) -> Iterator[Damage]:
    """Yield ways to damage the files of a folder.

    Args:
        folder: the folder.
        names: its files.
        random: chooses the places.
        amounts: how many of each kind.
    """
    for name in names:
        whole = (folder / name).read_bytes()
        yield from edited(name, whole, random, amounts.edits)
        yield Damage(name, "removed", None)
        for how, content in random.sample(sorted(CONTENTS.items()), min(amounts.contents, len(CONTENTS))):
            yield Damage(name, f"replaced by {how}", content)
        for place in sorted(random.sample(range(len(whole)), min(amounts.cuts, len(whole)))):
            yield Damage(name, f"cut at {place}", whole[:place])
        few = amounts.flips if len(whole) < SMALL else max(4, amounts.flips // 10)
        for place in sorted(random.sample(range(len(whole)), min(few, len(whole)))):
            bit = 1 << random.randrange(8)
            flipped = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            yield Damage(name, f"bit {bit} flipped at {place}", flipped)


def edited(name: str, whole: bytes, random: Random, count: int) -> Iterator[Damage]:
    """Yield copies of a JSON file, or of the first line of JSON lines, with one value or key replaced."""
    first, newline, rest = whole.partition(b"\n") if name.endswith(".jsonl") else (whole, b"", b"")
    try:
        value = json.loads(first)
    except ValueError:
        return
    paths = list(_paths(value))
    for _ in range(count if paths else 0):
        path, new = random.choice(paths), random.choice(VALUES)
        replaced = json.dumps(_replaced(value, path, new))
        if replaced == json.dumps(value):
            continue  # true in the place of true is no damage
        content = replaced.encode() + newline + rest
        yield Damage(name, f"{'.'.join(map(str, path)) or 'everything'} replaced by {new!r}", content)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value, outer ones first; of a long list those of three items."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for at in range(min(3, len(value))):
            yield from _paths(value[at], (*path, at))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    inner = _replaced(value[path[0]], path[1:], new)
    if isinstance(value, dict):
        return {**value, path[0]: inner}
    return [*value[: path[0]], inner, *value[path[0] + 1 :]]


def faults_of(subject: Subject, folder: Path, damage: Damage, expected: Any) -> Iterator[str]:
    """Yield what a reader does wrong with a damaged folder."""
    path = folder / damage.name
    whole = path.read_bytes()
    path.unlink()
    if damage.content is not None:
        path.write_bytes(damage.content)
    try:
        answer = subject.read(folder)
    except ConfigurationError as error:
        if subject.repairs:
            yield f"not repaired: {error}"
        elif not any(name in str(error) for name in (path.name, str(folder.parent), *subject.known_as)):
            yield f"an error that names neither file nor folder: {error}"
    except Exception as error:
        yield f"{type(error).__name__}: {str(error)[:300]}"
    else:
        if subject.sealed and answer != expected:
            yield "another answer"
    finally:
        if subject.repairs:
            shutil.rmtree(folder)
            subject.make(folder)
        else:
            path.write_bytes(whole)


def campaign(subject: Subject, seed: int, amounts: Amounts) -> tuple[list[str], int]:
    """Damage every file of a subject in many ways, one at a time.

    Returns:
        What is wrong, and how many damaged folders were read.
    """
    random, found, count = Random(seed), [], 0
    with tempfile.TemporaryDirectory(prefix="spanreg-fuzz-") as place:
        folder = Path(place, "folder")
        subject.make(folder)
        expected = subject.read(folder)
        for damage in list(damages(folder, subject.names(folder), random, amounts)):
            count += 1
            faults = faults_of(subject, folder, damage, expected)
            found += [f"{subject.name}: {damage.name} {damage.how}: {fault}" for fault in faults]
    return found, count


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_every_small_file(subject: Subject) -> None:
    found, count = campaign(subject, 1, Amounts(FLIPS, CUTS, edits=EDITS))
    logger.info("%s: %d damaged folders were read, %d faults", subject.name, count, len(found))
    assert not found, "\n".join(found[:40])
