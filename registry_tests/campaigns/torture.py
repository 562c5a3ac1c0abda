"""Kill at chosen file operations, twice each, and fill the disk: nothing finished is lost, and the end is the same.

``python -m registry_tests.campaigns.torture`` runs all scenarios; ``--kills`` and names of scenarios make it shorter.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from registry_tests.campaigns.file_operations import Ended, run_watched
from spanreg.registry import ConfigurationError

KILLS = 100
TIMED = 26
FULL = 51
LIMITS = (1 << 10, 1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19)
"Bytes that a process may write to one file."


class Scenario(ABC):
    """Something that is done in a folder, and what must hold whenever it is interrupted.

    Parameters:
        place: an empty folder, for what all attempts share.
    """

    share: ClassVar[float] = 1.0
    "How many of the kills asked for it gets: those that take seconds each get fewer."

    def __init__(self, place: Path) -> None:
        self.place = place

    @abstractmethod
    def act(self, folder: Path) -> None:
        """Do it, or go on with it; called in a fork."""

    @abstractmethod
    def outcome(self, folder: Path) -> Any:
        """All that must not depend on interruptions."""

    def prepare(self, folder: Path) -> None:
        """Make the folder, and what it must hold before it is begun."""
        folder.mkdir()

    def roots(self, folder: Path) -> tuple[Path, ...]:
        """Folders whose file operations are chosen from."""
        return (folder,)

    def faults(self, folder: Path) -> Iterator[str]:
        """What is wrong after an interruption."""
        yield from ()

    def leftovers(self, folder: Path) -> Iterator[str]:
        """What is there in the end and should not be."""
        for root in self.roots(folder):
            yield from (f"left {part.relative_to(folder)}" for part in root.rglob(".*.part"))


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a scenario is interrupted."""

    kills: int
    "At chosen file operations, each followed by a second one."
    timed: int
    "Twice each at random moments."
    full: int
    "File operations from which on the disk is full."
    limits: int
    "Limits on the size of files."


@dataclass(slots=True)
class Report:
    """What came of a scenario."""

    name: str
    operations: int = 0
    "File operations of one that is left alone."
    kills: int = 0
    full: int = 0
    "Attempts on a disk that is full from some operation on, or with a limit on the size of files."
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """A row of the table."""
        cells = (self.name, self.operations, self.kills, self.full, len(self.faults), round(self.seconds))
        return f"| {' | '.join(map(str, cells))} |"


class Campaign:
    """Interrupts a scenario in many ways.

    Parameters:
        scenario: what is interrupted.
        seed: chooses where a second kill falls.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.random = Random(seed)
        self.report = Report(type(scenario).__name__.lower())
        self.expected: Any = None
        self._folders = 0

    def run(self, plan: Plan) -> Report:
        """Run all attempts, each in a folder of its own."""
        began = time.monotonic()
        whole = self._watch(folder := self._folder())
        seconds = time.monotonic() - began
        if whole.code:
            self.report.faults.append(f"undisturbed: {whole.trace}")
            return self.report
        self.expected, self.report.operations = self.scenario.outcome(folder), whole.operations
        share = self.scenario.share
        for number in spread(whole.operations, max(1, round(plan.kills * share))):
            self._kill_twice(number)
        for _ in range(round(plan.timed * share)):
            self._kill_at_any_moment(seconds)
        for number in spread(whole.operations, round(plan.full * share)):
            self._interrupt_once(f"full from operation {number}", "full", number)
        for limit in LIMITS[: plan.limits]:
            self._interrupt_once(f"files of at most {limit} bytes", "count", 0, limit)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _kill_twice(self, number: int) -> None:
        folder, where = self._folder(), f"killed at {number}"
        for attempt in range(2):
            ended = self._watch(folder, "kill", number)
            if not ended.killed:
                if ended.code:
                    self._fault(where, ended.trace)
                    return
                break
            self.report.kills += 1
            self._look(folder, where)
            # a second kill early: while what the first one left is read and cleared away
            number = self.random.randint(1, max(2, self.report.operations // (1 + attempt)))
            where += f" and {number}"
        self._end(folder, where)

    def _kill_at_any_moment(self, seconds: float) -> None:
        """Kill it by the clock, which also hits the middle of what other languages write."""
        folder, where = self._folder(), "killed after"
        for _ in range(2):
            after = self.random.uniform(0, seconds)
            where += f" {after:.3f} s"
            self.report.kills += self._watch(folder, after=after).killed
            self._look(folder, where)
        self._end(folder, where)

    def _interrupt_once(self, where: str, act: Any, number: int, limit: int = 0) -> None:
        folder = self._folder()
        ended = self._watch(folder, act, number, limit)
        self.report.full += 1
        if ended.code and (not isinstance(ended.error, ConfigurationError) or len(str(ended.error).splitlines()) != 1):
            self._fault(where, ended.trace or f"exit code {ended.code}")
        self._look(folder, where)
        self._end(folder, where)

    def _end(self, folder: Path, where: str) -> None:
        """Leave it alone, and compare."""
        ended = self._watch(folder)
        if ended.code:
            self._fault(where, f"cannot be ended: {ended.trace}")
            return
        try:
            if self.scenario.outcome(folder) != self.expected:
                self._fault(where, "the outcome differs")
        except Exception as error:
            self._fault(where, f"the outcome cannot be read: {error!r}")
        self._look(folder, where)
        for leftover in self.scenario.leftovers(folder):
            self._fault(where, leftover)
        shutil.rmtree(folder)

    def _look(self, folder: Path, where: str) -> None:
        for fault in self.scenario.faults(folder):
            self._fault(where, fault)

    def _fault(self, where: str, fault: str) -> None:
        lines = [line.strip() for line in fault.splitlines()]
        own = [line for line in lines[:-1] if "spanreg/" in line and line.startswith("File")]
        self.report.faults.append(f"{self.report.name}, {where}: {'; '.join([*lines[-1:], *own[-4:]])}")

    def _watch(
        self, folder: Path, act: Any = "count", number: int = 0, limit: int = 0, after: float | None = None
    ) -> Ended:
        def task() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            self.scenario.act(folder)

        return run_watched(task, *self.scenario.roots(folder), act=act, number=number, after=after)

    def _folder(self) -> Path:
        self._folders += 1
        folder = self.scenario.place / str(self._folders)
        self.scenario.prepare(folder)
        return folder


def spread(most: int, count: int) -> list[int]:
    """So many numbers from 1 to ``most``, evenly; all of them where there are no more."""
    if count >= most:
        return list(range(1, most + 1))
    return [1 + round(place * (most - 1) / max(1, count - 1)) for place in range(count)]


def run_campaigns(names: Sequence[str], plan: Plan, seed: int) -> list[Report]:
    """Run scenarios by their names, and print a line for each."""
    from registry_tests.campaigns.scenarios import SCENARIOS

    reports = []
    _say("| scenario | file operations | kills | full disks | faults | seconds |\n|---|---|---|---|---|---|")
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="spanreg-torture-") as folder:
            reports.append(Campaign(SCENARIOS[name](Path(folder)), seed).run(plan))
        _say(reports[-1].line())
    return reports


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaigns, and return 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="default: all")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"of each, twice (default: {KILLS})")
    parser.add_argument("--timed", type=int, default=TIMED, help=f"at random moments, twice (default: {TIMED})")
    parser.add_argument("--full", type=int, default=FULL, help=f"places at which the disk is full (default: {FULL})")
    parser.add_argument("--limits", type=int, default=len(LIMITS), help="limits on the size of files (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    os.environ.update({"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"})
    plan = Plan(given.kills, given.timed, given.full, given.limits)
    reports = run_campaigns(given.scenarios, plan, given.seed)
    faults = [fault for report in reports for fault in report.faults]
    sys.stderr.write("\n".join([*faults, ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
