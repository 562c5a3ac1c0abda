"""Measurements of benchmarks: contestants take turns, and memory is measured within a block."""

import numpy as np

from spanreg.benchmarks.harness.measure import TurnTimes, peak_memory, take_turns


def test_contestants_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    turns = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b"] * 3
    assert [len(seconds) for seconds in turns.seconds.values()] == [2, 2]
    take_turns({"c": lambda: calls.append("c")}, 1, warm_up=False)
    assert calls.count("c") == 1


def test_the_ratio_is_the_median_over_rounds() -> None:
    turns = TurnTimes({"ours": [1.0, 4.0, 1.0], "theirs": [3.0, 8.0, 2.0]})
    assert turns.of("ours") == 1.0
    # Within the three rounds, theirs takes 3, 2 and 2 times as long.
    assert turns.times_faster("ours", "theirs") == 2.0


def test_peak_memory_of_a_block() -> None:
    with peak_memory() as memory:
        array = np.ones(20_000_000)  # 0.16 GB
        del array
    assert 0.1 < memory.rise < 1.0
    assert memory.gigabytes > memory.rise
