"""Executors of the tasks of sharded sampling: this process, or a Ray cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final

from spanreg.integrations.ray_cluster import connect_ray

_RETRIES: Final = 5
"Number of times that Ray repeats a task whose worker died; tasks are stateless, so that the result is the same."


class ShardExecutor(ABC):
    """Executor of functions, whose results stay where they were computed until another function needs them.

    A handle is a reference to such a result. Only ``gather`` waits for results, and transfers them.

    ``sample_shards(corpus.shards(), LocalShardExecutor(), max_n=5, min_count=10)``
    """

    @abstractmethod
    def share(self, value: Any) -> Any:
        """Return a handle of a value that many tasks use, so that it is sent to each machine once."""

    @abstractmethod
    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        """Call a function once for each list of arguments, and return handles of its ``results`` results each time."""

    @abstractmethod
    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        """Call a function once for each list of arguments, which may contain handles, and return its results."""


class LocalShardExecutor(ShardExecutor):
    """Sequential execution in this process, where a handle is the result itself."""

    def share(self, value: Any) -> Any:
        return value

    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        return [function(*given) for given in arguments]

    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        return [function(*given) for given in arguments]


class RayShardExecutor(ShardExecutor):
    """Execution by Ray, on the cluster of ``RAY_ADDRESS`` or on this machine; tasks of lost workers are retried.

    Raises:
        ConfigurationError: Ray is not installed.
    """

    def __init__(self) -> None:
        self._ray = connect_ray("the executor 'ray'", path="executor")

    def share(self, value: Any) -> Any:
        return self._ray.put(value)

    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        # Each result has a handle, so that it goes to the task that needs it without passing through this process.
        task = self._ray.remote(function).options(num_returns=results, max_retries=_RETRIES)
        return [task.remote(*given) for given in arguments]

    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        task = self._ray.remote(function).options(max_retries=_RETRIES)
        found: list[Any] = self._ray.get([task.remote(*given) for given in arguments])
        return found
