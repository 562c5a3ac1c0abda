"""Flip bits of every small file, truncate, replace and edit it: readers name the file, or return the right result.

Readers of files with checksums return the result of the undamaged folder, or raise an error. Readers of files without
checksums, which earlier versions wrote, may return another result, but never raise another kind of error.
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

from registry_tests.campaigns.damaged_folders import SUBJECTS, DamageSubject
from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

SMALL = 1 << 20
"Size in bytes. Larger files have weights, and fewer of their bits are flipped."
FLIPS, CUTS, EDITS = 120, 24, 120
"Numbers of damages of each file; an edit replaces a JSON value."
WRONG_VALUES: tuple[Any, ...] = (
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
"Replacements of JSON values: valid JSON, but mostly of a wrong type or range."
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
class FileDamage:
    """One way to damage a file."""

    name: str
    "Path of the file, relative to its folder."
    how: str
    content: bytes | None
    "New content; None removes the file."


@dataclass(frozen=True, slots=True)
class DamageAmounts:
    """Numbers of damages of each kind, for each file."""

    flips: int
    "Bits that are flipped, one at a time."
    cuts: int
    "Positions at which the file is truncated."
    contents: int = len(CONTENTS)
    "Number of ``CONTENTS`` that replace the file."
    edits: int = 0
    "JSON values that are replaced, one at a time."


def draw_damages(folder: Path, names: list[str], random: Random, amounts: DamageAmounts) -> Iterator[FileDamage]:
    """Yield damages of the files of a folder.

    Args:
        folder: the folder.
        names: its files.
        random: generator of positions and values.
        amounts: numbers of damages.
    """
    for name in names:
        original = (folder / name).read_bytes()
        yield from json_edits(name, original, random, amounts.edits)
        yield FileDamage(name, "removed", None)
        for how, content in random.sample(sorted(CONTENTS.items()), min(amounts.contents, len(CONTENTS))):
            yield FileDamage(name, f"replaced by {how}", content)
        for position in sorted(random.sample(range(len(original)), min(amounts.cuts, len(original)))):
            yield FileDamage(name, f"cut at {position}", original[:position])
        flips = amounts.flips if len(original) < SMALL else max(4, amounts.flips // 10)
        for position in sorted(random.sample(range(len(original)), min(flips, len(original)))):
            bit = 1 << random.randrange(8)
            flipped = original[:position] + bytes([original[position] ^ bit]) + original[position + 1 :]
            yield FileDamage(name, f"bit {bit} flipped at {position}", flipped)


def json_edits(name: str, original: bytes, random: Random, count: int) -> Iterator[FileDamage]:
    """Yield copies of a JSON file, or of the first line of JSON lines, with one value or key replaced."""
    first, newline, rest = original.partition(b"\n") if name.endswith(".jsonl") else (original, b"", b"")
    try:
        json_value = json.loads(first)
    except ValueError:
        return
    paths = list(_paths(json_value))
    for _ in range(count if paths else 0):
        path, value = random.choice(paths), random.choice(WRONG_VALUES)
        replaced = json.dumps(_replaced(json_value, path, value))
        if replaced == json.dumps(json_value):
            continue  # replacing true by true does not damage the file
        content = replaced.encode() + newline + rest
        yield FileDamage(name, f"{'.'.join(map(str, path)) or 'everything'} replaced by {value!r}", content)


def _paths(json_value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value, outer ones first; of a list, the paths of three items at most."""
    yield path
    if isinstance(json_value, dict):
        for key, inner in json_value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(json_value, list):
        for at in range(min(3, len(json_value))):
            yield from _paths(json_value[at], (*path, at))


def _replaced(json_value: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a JSON value with the part at a path replaced."""
    if not path:
        return value
    inner = _replaced(json_value[path[0]], path[1:], value)
    if isinstance(json_value, dict):
        return {**json_value, path[0]: inner}
    return [*json_value[: path[0]], inner, *json_value[path[0] + 1 :]]


def faults_of(subject: DamageSubject, folder: Path, damage: FileDamage, expected: Any) -> Iterator[str]:
    """Damage a folder, and yield the faults of its reader."""
    path = folder / damage.name
    original = path.read_bytes()
    path.unlink()
    if damage.content is not None:
        path.write_bytes(damage.content)
    try:
        result = subject.read(folder)
    except ConfigurationError as error:
        if subject.repairs:
            yield f"not repaired: {error}"
        elif not any(name in str(error) for name in (path.name, str(folder.parent), *subject.other_names)):
            yield f"an error that names neither file nor folder: {error}"
    except Exception as error:
        yield f"{type(error).__name__}: {str(error)[:300]}"
    else:
        if subject.sealed and result != expected:
            yield "another result"
    finally:
        if subject.repairs:
            shutil.rmtree(folder)
            subject.make(folder)
        else:
            path.write_bytes(original)


def campaign(subject: DamageSubject, seed: int, amounts: DamageAmounts) -> tuple[list[str], int]:
    """Damage every file of a subject in many ways, one at a time.

    Returns:
        The faults, and the number of damaged folders that were read.
    """
    random, found, count = Random(seed), [], 0
    with tempfile.TemporaryDirectory(prefix="spanreg-fuzz-") as temporary:
        folder = Path(temporary, "folder")
        subject.make(folder)
        expected = subject.read(folder)
        for damage in list(draw_damages(folder, subject.names(folder), random, amounts)):
            count += 1
            faults = faults_of(subject, folder, damage, expected)
            found += [f"{subject.name}: {damage.name} {damage.how}: {fault}" for fault in faults]
    return found, count


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_readers_name_every_damaged_file(subject: DamageSubject) -> None:
    found, count = campaign(subject, 1, DamageAmounts(FLIPS, CUTS, edits=EDITS))
    logger.info("%s: %d damaged folders were read, %d faults", subject.name, count, len(found))
    assert not found, "\n".join(found[:40])
