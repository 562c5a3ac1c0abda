"""Measure speed and memory of sampling n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from spanreg.benchmarks.harness.material import BenchCorpus
from spanreg.benchmarks.harness.measure import MemoryUse, TurnTimes, peak_memory, take_turns
from spanreg.benchmarks.harness.report import BenchReport
from spanreg.benchmarks.harness.rivals import COUNTING, RivalTool
from spanreg.dictionaries.base import about_dictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.sampling.threads import default_jobs
from spanreg.text.unicode.words import find_words

MIN_N: Final = 2
MAX_N: Final = 5
MIN_COUNT: Final = 10
_SLICE: Final = "spanreg ngram, the slice"
_WHOLE: Final = "spanreg ngram, the whole corpus"
_SPEED_GOAL: Final = ">= 100"
_MEMORY_GOAL: Final = "<= 2"


def bench_dictionary(corpus: BenchCorpus, words: int, repeats: int, folder: Path) -> BenchReport:
    """Sample a slice with all contestants in turn, and the whole corpus with ours.

    All speeds are in words per second by the word rule ``unicode``. The goal compares ours on the whole corpus with the
    rival on the slice, since the whole does not fit into the rival's memory. Our memory is measured before any rival is
    imported; that of a rival is its increase.

    Args:
        corpus: corpus to sample.
        words: number of words of the slice.
        repeats: number of rounds.
        folder: folder for the slice.
    """
    lines = corpus.texts(words)
    size = len(find_words(lines))
    part = folder / "slice.txt"
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    # Measured first: imported rivals stay in memory.
    with peak_memory() as memory:
        whole = about_dictionary(_sample(corpus.files))["origin"]["words"]
    about = {"corpus": corpus.name, "words": whole, "slice_words": size, "repeats": repeats}
    report = BenchReport("dictionary", about=about)
    present = [rival for rival in COUNTING if not rival.missing()]
    count = {rival.name: rival.prepare(lines, MIN_N, MAX_N, MIN_COUNT) for rival in present}
    rises: dict[str, MemoryUse] = {}
    for name, contestant in count.items():
        with peak_memory() as rises[name]:
            contestant()
    ours = {_WHOLE: lambda: _sample(corpus.files), _SLICE: lambda: _sample([part])}
    # All tools have run once already, while their memory was measured.
    turns = take_turns({**ours, **count}, repeats, warm_up=False)
    note = f"one process, {default_jobs()} threads"
    report.add(_WHOLE, whole / turns.of(_WHOLE), "words/s", note=note)
    report.add(_SLICE, size / turns.of(_SLICE), "words/s")
    report.add(f"{_WHOLE}: peak memory", memory.gigabytes, "GB", _MEMORY_GOAL)
    for rival in COUNTING:
        _compare(report, rival, turns, rises, (whole, size))
    return report


def _compare(
    report: BenchReport, rival: RivalTool, turns: TurnTimes, rises: dict[str, MemoryUse], words: tuple[int, int]
) -> None:
    """Add speed and memory of a rival, and our speed relative to it."""
    whole, size = words
    name = f"{_WHOLE}, against {rival.name} on the slice"
    goal = _SPEED_GOAL if rival is COUNTING[0] else None
    if missing := rival.missing():
        report.add(name, None, "times", goal, missing)
        return
    report.add(rival.name, size / turns.of(rival.name), "words/s", note=rival.note)
    report.add(f"{rival.name}: rise of memory", rises[rival.name].rise, "GB")
    report.add(name, turns.times_faster(_WHOLE, rival.name) * whole / size, "times", goal)
    report.add(f"{_SLICE}, against {rival.name}", turns.times_faster(_SLICE, rival.name), "times")


def _sample(files: Sequence[Path]) -> pa.Table:
    return NgramDictionary([str(file) for file in files], min_n=MIN_N, max_n=MAX_N, min_count=MIN_COUNT).new_sample()
