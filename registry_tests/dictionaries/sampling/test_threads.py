"""``OrderedThreadPool``: the order of results, the number of items in work, and the end of its threads."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from spanreg.dictionaries.sampling.threads import MOST_BY_DEFAULT, OrderedThreadPool, default_jobs


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_keep_the_order_of_the_items(jobs: int) -> None:
    def square(item: int) -> int:
        time.sleep(0.01 if item == 0 else 0.0)  # so that later items finish before the first
        return item * item

    with OrderedThreadPool(jobs) as threads:
        assert list(threads.map(square, range(50))) == [item * item for item in range(50)]
        assert list(threads.map(square, [])) == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_few_items_are_requested_in_advance(jobs: int) -> None:
    requested: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            requested.append(item)
            yield item

    with OrderedThreadPool(jobs) as threads:
        for done, _ in enumerate(threads.map(str, items())):
            assert len(requested) <= done + 2 * jobs


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_error_is_raised_and_the_threads_end(jobs: int) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), OrderedThreadPool(jobs) as threads:
        list(threads.map(lambda item: 1 // item, [2, 1, 0, 3]))
    assert threading.active_count() == before


def test_the_default_is_one_thread_per_core_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, jobs in ((1, 1), (MOST_BY_DEFAULT, MOST_BY_DEFAULT), (64, MOST_BY_DEFAULT)):
        monkeypatch.setattr("spanreg.dictionaries.sampling.threads.available_cores", partial(int, cores))
        assert default_jobs() == jobs
