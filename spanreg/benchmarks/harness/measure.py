"""Measure time and memory of contestants that take turns in one process."""

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
"Interval at which memory is read; shorter peaks may be missed."

Contestant = Callable[[], object]


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """Seconds of every turn, by contestant.

    ``take_turns({"ours": f, "theirs": g}, repeats=5).times_faster("ours", "theirs")``
    """

    seconds: Mapping[str, list[float]]
    "Wall time of each turn."
    processor: Mapping[str, list[float]] = field(default_factory=dict)
    "Processor time of all threads of this process in each turn, which other processes affect little."

    def by_processor(self) -> TurnTimes:
        """Return the turns with processor time as their time."""
        return TurnTimes(self.processor)

    def of(self, name: str) -> float:
        """Return a contestant's median time."""
        return median(self.seconds[name])

    def times_faster(self, name: str, rival: str) -> float:
        """Return the median over rounds of the ratio of a rival's time to a contestant's.

        Turns of one round share the load of the machine, so their ratio varies less than either time.
        """
        pairs = zip(self.seconds[name], self.seconds[rival], strict=True)
        return median(theirs / ours for ours, theirs in pairs)


def take_turns(contestants: Mapping[str, Contestant], repeats: int, *, warm_up: bool = True) -> TurnTimes:
    """Call all contestants in turn for ``repeats`` rounds, after an unmeasured round unless ``warm_up`` is off."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    processor: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values() if warm_up else ():
        contestant()
    # Rounds, not blocks of repeats: a slow phase of the machine then affects all contestants alike.
    for _ in range(repeats):
        for name, contestant in contestants.items():
            wall, used = _seconds(contestant)
            seconds[name].append(wall)
            processor[name].append(used)
    return TurnTimes(seconds, processor)


def _seconds(contestant: Contestant) -> tuple[float, float]:
    """Return wall time and processor time of a turn."""
    # A collection during a turn would be charged to whoever triggers it.
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    contestant()
    return time.perf_counter() - began, time.process_time() - used


@dataclass(slots=True)
class MemoryUse:
    """Resident memory of this process and its children, in bytes.

    ``with peak_memory() as memory: work()``, then ``memory.gigabytes``.
    """

    before: int = 0
    peak: int = 0

    @property
    def gigabytes(self) -> float:
        """The peak, in gigabytes."""
        return self.peak / 1e9

    @property
    def rise(self) -> float:
        """The increase up to the peak, in gigabytes."""
        return (self.peak - self.before) / 1e9


@contextmanager
def peak_memory() -> Iterator[MemoryUse]:
    """Measure the resident memory of this process and its children while the block runs."""
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
    """Return the resident memory of this process and its children, in bytes."""
    own = psutil.Process()
    total = 0
    for process in [own, *own.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # the process has ended since the children were listed
    return total
