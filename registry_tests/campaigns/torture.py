"""Kill processes at chosen file operations, twice each, and fill the disk: no finished work may be lost.

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

from registry_tests.campaigns.file_operations import Interruption, TaskEnd, run_watched
from spanreg.registry import ConfigurationError

DEFAULT_KILLS = 100
DEFAULT_TIMED_KILLS = 26
DEFAULT_FULL_DISKS = 51
SIZE_LIMITS = (1 << 10, 1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19)
"Sizes that a process may write to one file, in bytes."


class Scenario(ABC):
    """Work in a folder, and the conditions that must be true after each interruption.

    Parameters:
        shared_folder: an empty folder for files that all attempts share.
    """

    name: ClassVar[str]
    "Name on the command line and in the report."
    share: ClassVar[float] = 1.0
    "Fraction of the interruptions of a plan; a scenario that takes seconds has fewer."

    def __init__(self, shared_folder: Path) -> None:
        self.shared_folder = shared_folder

    @abstractmethod
    def perform(self, folder: Path) -> None:
        """Start the work, or resume it; called in a fork."""

    @abstractmethod
    def outcome(self, folder: Path) -> Any:
        """Return the results, which must be the same with and without interruptions."""

    def prepare(self, folder: Path) -> None:
        """Create the folder, with the files that the work needs."""
        folder.mkdir()

    def roots(self, folder: Path) -> tuple[Path, ...]:
        """Return the folders whose file operations may be interrupted."""
        return (folder,)

    def faults(self, folder: Path) -> Iterator[str]:
        """Yield the faults of the folder after an interruption."""
        yield from ()

    def leftovers(self, folder: Path) -> Iterator[str]:
        """Yield the files that should not be there after the end."""
        for root in self.roots(folder):
            yield from (f"left {path.relative_to(folder)}" for path in root.rglob(".*.part"))


@dataclass(frozen=True, slots=True)
class InterruptionPlan:
    """Numbers of interruptions of a scenario."""

    kills: int
    "Kills at chosen file operations, each followed by a second kill."
    timed: int
    "Pairs of kills at random times."
    full: int
    "Attempts in which the disk is full from some file operation on."
    limits: int
    "Attempts with a limit on the size of files."


@dataclass(slots=True)
class ScenarioReport:
    """Counts and faults of a scenario."""

    name: str
    operations: int = 0
    "File operations of an undisturbed attempt."
    kills: int = 0
    full: int = 0
    "Attempts with a full disk or a limit on the size of files."
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return a row of the Markdown table."""
        cells = (self.name, self.operations, self.kills, self.full, len(self.faults), round(self.seconds))
        return f"| {' | '.join(map(str, cells))} |"


class TortureCampaign:
    """Runner that interrupts a scenario in many ways.

    Parameters:
        scenario: the scenario.
        seed: random seed of the second kills.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.random = Random(seed)
        self.report = ScenarioReport(scenario.name)
        self.expected: Any = None
        self._folders = 0

    def run(self, plan: InterruptionPlan) -> ScenarioReport:
        """Run all attempts, each in a new folder."""
        began = time.monotonic()
        undisturbed = self._run(folder := self._new_folder())
        seconds = time.monotonic() - began
        if undisturbed.code:
            self.report.faults.append(f"undisturbed: {undisturbed.trace}")
            return self.report
        self.expected, self.report.operations = self.scenario.outcome(folder), undisturbed.operations
        share = self.scenario.share
        for number in evenly_spaced(undisturbed.operations, max(1, round(plan.kills * share))):
            self._kill_twice(number)
        for _ in range(round(plan.timed * share)):
            self._kill_by_the_clock(seconds)
        for number in evenly_spaced(undisturbed.operations, round(plan.full * share)):
            self._interrupt_once(f"full from operation {number}", "full", number)
        for limit in SIZE_LIMITS[: plan.limits]:
            self._interrupt_once(f"files of at most {limit} bytes", "count", 0, limit)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _kill_twice(self, number: int) -> None:
        """Kill at a chosen operation, and kill the resumed attempt at a random one."""
        folder, moment = self._new_folder(), f"killed at {number}"
        for attempt in range(2):
            if attempt:
                moment += f" and {number}"
            end = self._run(folder, "kill", number)
            if not end.killed:
                if end.code:
                    self._fault(moment, end.trace)
                    return
                break
            self.report.kills += 1
            self._check(folder, moment)
            # A low number hits the second attempt while it reads and removes the leftovers of the first one.
            number = self.random.randint(1, max(2, self.report.operations // 2))
        self._finish(folder, moment)

    def _kill_by_the_clock(self, seconds: float) -> None:
        """Kill at random times, which also hits writes by libraries in other languages."""
        folder, moment = self._new_folder(), "killed after"
        for _ in range(2):
            after = self.random.uniform(0, seconds)
            moment += f" {after:.3f} s"
            self.report.kills += self._run(folder, after=after).killed
            self._check(folder, moment)
        self._finish(folder, moment)

    def _interrupt_once(self, moment: str, interruption: Interruption, number: int, limit: int = 0) -> None:
        folder = self._new_folder()
        end = self._run(folder, interruption, number, limit)
        self.report.full += 1
        if end.code and (not isinstance(end.error, ConfigurationError) or len(str(end.error).splitlines()) != 1):
            self._fault(moment, end.trace or f"exit code {end.code}")
        self._check(folder, moment)
        self._finish(folder, moment)

    def _finish(self, folder: Path, moment: str) -> None:
        """Run the scenario without an interruption, and compare its outcome."""
        end = self._run(folder)
        if end.code:
            self._fault(moment, f"cannot be resumed: {end.trace}")
            return
        try:
            if self.scenario.outcome(folder) != self.expected:
                self._fault(moment, "the outcome differs")
        except Exception as error:
            self._fault(moment, f"the outcome cannot be read: {error!r}")
        self._check(folder, moment)
        for leftover in self.scenario.leftovers(folder):
            self._fault(moment, leftover)
        shutil.rmtree(folder)

    def _check(self, folder: Path, moment: str) -> None:
        for fault in self.scenario.faults(folder):
            self._fault(moment, fault)

    def _fault(self, moment: str, fault: str) -> None:
        lines = [line.strip() for line in fault.splitlines()]
        own = [line for line in lines[:-1] if "spanreg/" in line and line.startswith("File")]
        self.report.faults.append(f"{self.report.name}, {moment}: {'; '.join([*lines[-1:], *own[-4:]])}")

    def _run(
        self,
        folder: Path,
        interruption: Interruption = "count",
        number: int = 0,
        limit: int = 0,
        after: float | None = None,
    ) -> TaskEnd:
        def task() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            self.scenario.perform(folder)

        return run_watched(task, *self.scenario.roots(folder), interruption=interruption, number=number, after=after)

    def _new_folder(self) -> Path:
        self._folders += 1
        folder = self.scenario.shared_folder / str(self._folders)
        self.scenario.prepare(folder)
        return folder


def evenly_spaced(most: int, count: int) -> list[int]:
    """Return at most ``count`` numbers from 1 to ``most``, evenly spaced."""
    if count >= most:
        return list(range(1, most + 1))
    return [1 + round(place * (most - 1) / max(1, count - 1)) for place in range(count)]


def run_campaigns(names: Sequence[str], plan: InterruptionPlan, seed: int) -> list[ScenarioReport]:
    """Run scenarios by their names, and print a row for each."""
    from registry_tests.campaigns.scenarios import SCENARIOS

    reports = []
    _print("| scenario | file operations | kills | full disks | faults | seconds |\n|---|---|---|---|---|---|")
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="spanreg-torture-") as folder:
            reports.append(TortureCampaign(SCENARIOS[name](Path(folder)), seed).run(plan))
        _print(reports[-1].line())
    return reports


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaigns, and return 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="default: all")
    parser.add_argument(
        "--kills",
        type=int,
        default=DEFAULT_KILLS,
        help=f"kills at file operations, twice each (default: {DEFAULT_KILLS})",
    )
    parser.add_argument(
        "--timed",
        type=int,
        default=DEFAULT_TIMED_KILLS,
        help=f"kills at random times, twice each (default: {DEFAULT_TIMED_KILLS})",
    )
    parser.add_argument(
        "--full",
        type=int,
        default=DEFAULT_FULL_DISKS,
        help=f"attempts with a full disk (default: {DEFAULT_FULL_DISKS})",
    )
    parser.add_argument(
        "--limits", type=int, default=len(SIZE_LIMITS), help="limits on the size of files (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    os.environ.update({"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"})
    plan = InterruptionPlan(options.kills, options.timed, options.full, options.limits)
    reports = run_campaigns(options.scenarios, plan, options.seed)
    faults = [fault for report in reports for fault in report.faults]
    sys.stderr.write("\n".join([*faults, ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
