"""Time and memory of contestants that take turns in one process."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import psutil

_SECONDS_BETWEEN_LOOKS: Final = 0.005

Contestant = Callable[[], object]


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """Wall seconds of every turn, by contestant."""

    seconds: Mapping[str, list[float]]
    processor: Mapping[str, list[float]] = field(default_factory=dict)
    "The same in the processor time of this process, all threads together: it leaves out most of what others do."

    def by_processor(self) -> TurnTimes:
        """The turns as if processor time were wall time."""
        return TurnTimes(self.processor)

    def of(self, name: str) -> float:
        """A contestant's median."""
        return median(self.seconds[name])

    def times_faster(self, name: str, rival: str) -> float:
        """How many times faster one is than another: the median over the rounds of the ratio within each round.

        Neighbours in time share what else the machine is doing, so that the ratio wavers less than either time.
        """
        pairs = zip(self.seconds[name], self.seconds[rival], strict=True)
        return median(theirs / ours for ours, theirs in pairs)


def take_turns(contestants: Mapping[str, Contestant], repeats: int, *, warm_up: bool = True) -> TurnTimes:
    """Calls all contestants in turn, ``repeats`` rounds long, and once unmeasured before, unless they have been."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    processor: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values() if warm_up else ():
        contestant()
    for _ in range(repeats):
        for name, contestant in contestants.items():
            wall, used = _seconds(contestant)
            seconds[name].append(wall)
            processor[name].append(used)
    return TurnTimes(seconds, processor)


def _seconds(contestant: Contestant) -> tuple[float, float]:
    """Wall time and processor time of a turn."""
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    contestant()
    return time.perf_counter() - began, time.process_time() - used


@dataclass(slots=True)
class MemoryUse:
    """Bytes of this process and its children."""

    before: int = 0
    peak: int = 0

    @property
    def gigabytes(self) -> float:
        """The peak."""
        return self.peak / 1e9

    @property
    def rise(self) -> float:
        """How far it rose from where it was, in gigabytes."""
        return (self.peak - self.before) / 1e9


@contextmanager
def peak_memory() -> Iterator[MemoryUse]:
    """Watches the resident memory of this process and its children while the block runs."""
    gc.collect()
    now = _resident()
    memory = MemoryUse(now, now)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            memory.peak = max(memory.peak, _resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()
        memory.peak = max(memory.peak, _resident())


def _resident() -> int:
    own = psutil.Process()
    total = 0
    for process in [own, *own.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # it ended since it was listed
    return total
