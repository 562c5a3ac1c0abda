"""Contestants take turns; ratios are of neighbours in time; memory is that of the block."""

import numpy as np

from spanreg.benchmarks.harness.measure import TurnTimes, peak_memory, take_turns


def test_contestants_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    turns = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b"] * 3
    assert [len(seconds) for seconds in turns.seconds.values()] == [2, 2]
    take_turns({"c": lambda: calls.append("c")}, 1, warm_up=False)
    assert calls.count("c") == 1


def test_the_ratio_is_the_median_of_those_within_a_round() -> None:
    turns = TurnTimes({"ours": [1.0, 4.0, 1.0], "theirs": [3.0, 8.0, 2.0]})
    assert turns.of("ours") == 1.0
    assert turns.times_faster("ours", "theirs") == 2.0


def test_memory_of_the_block() -> None:
    with peak_memory() as memory:
        block = np.ones(20_000_000)
        del block
    assert 0.1 < memory.rise < 1.0
    assert memory.gigabytes > memory.rise
