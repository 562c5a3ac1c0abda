"""Every small file flipped, cut and replaced: each reader gives one message that names it, or the right answer.

What has checksums must give the answer of the whole folder or an error; what an earlier version wrote without them may
give another answer, but never another kind of error.
"""

from __future__ import annotations

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
"Bytes. Larger files are weights, which are flipped in fewer places."
FLIPS, CUTS = 120, 24
"Of each file."
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
    "Of the file, relative to its folder."
    how: str
    content: bytes | None
    "What it holds then; None: it is removed."


def damages(folder: Path, names: list[str], random: Random, flips: int, cuts: int, contents: int) -> Iterator[Damage]:
    """Yield ways to damage the files of a folder.

    Args:
        folder: it.
        names: its files.
        random: chooses the places.
        flips: bits that are flipped, one at a time, in each file.
        cuts: places at which each file is cut.
        contents: how many of ``CONTENTS`` take the place of each.
    """
    for name in names:
        whole = (folder / name).read_bytes()
        yield Damage(name, "removed", None)
        for how, content in random.sample(sorted(CONTENTS.items()), min(contents, len(CONTENTS))):
            yield Damage(name, f"replaced by {how}", content)
        for place in sorted(random.sample(range(len(whole)), min(cuts, len(whole)))):
            yield Damage(name, f"cut at {place}", whole[:place])
        few = flips if len(whole) < SMALL else max(4, flips // 10)
        for place in sorted(random.sample(range(len(whole)), min(few, len(whole)))):
            bit = 1 << random.randrange(8)
            flipped = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            yield Damage(name, f"bit {bit} flipped at {place}", flipped)


def faults_of(subject: Subject, folder: Path, damage: Damage, expected: Any) -> Iterator[str]:
    """What a reader does wrong with a damaged folder."""
    path = folder / damage.name
    whole = path.read_bytes()
    path.unlink()
    if damage.content is not None:
        path.write_bytes(damage.content)
    try:
        answer = subject.read(folder)
    except ConfigurationError as error:
        if subject.repairs:
            yield f"is not made again: {error}"
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


def campaign(
    subject: Subject, seed: int, flips: int, cuts: int, contents: int = len(CONTENTS)
) -> tuple[list[str], int]:
    """Damage every file of a subject in many ways, one at a time.

    Returns:
        What is wrong, and how many damaged folders were read.
    """
    random, found, count = Random(seed), [], 0
    with tempfile.TemporaryDirectory(prefix="spanreg-fuzz-") as place:
        folder = Path(place, "folder")
        subject.make(folder)
        expected = subject.read(folder)
        for damage in list(damages(folder, subject.names(folder), random, flips, cuts, contents)):
            count += 1
            faults = faults_of(subject, folder, damage, expected)
            found += [f"{subject.name}: {damage.name} {damage.how}: {fault}" for fault in faults]
    return found, count


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_every_small_file(subject: Subject) -> None:
    found, count = campaign(subject, 1, FLIPS, CUTS)
    logger.info("%s: %d damaged folders were read, %d faults", subject.name, count, len(found))
    assert not found, "\n".join(found[:40])
