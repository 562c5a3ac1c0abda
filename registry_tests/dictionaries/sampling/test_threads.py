"""Results of the thread pool are in order, few items are taken in advance, and no thread outlives the block."""

import threading
import time
from collections.abc import Iterator

import pytest

from spanreg.dictionaries.sampling.threads import MOST_BY_DEFAULT, OrderedThreadPool, default_jobs


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(jobs: int) -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.01 if item == 0 else 0.0)
        return item * item

    with OrderedThreadPool(jobs) as threads:
        assert list(threads.map(slow_at_first, range(50))) == [item * item for item in range(50)]
        assert list(threads.map(slow_at_first, [])) == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_items_are_taken_only_a_few_in_advance(jobs: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    with OrderedThreadPool(jobs) as threads:
        for done, _ in enumerate(threads.map(str, items())):
            assert len(taken) <= done + 2 * jobs


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_error_reaches_the_caller_and_no_thread_is_left(jobs: int) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), OrderedThreadPool(jobs) as threads:
        list(threads.map(lambda item: 1 // item, [2, 1, 0, 3]))
    assert threading.active_count() == before


def test_one_a_core_by_default() -> None:
    assert 1 <= default_jobs() <= MOST_BY_DEFAULT
