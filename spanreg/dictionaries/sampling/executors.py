"""Who does the tasks of a sampling in shards: this process, or the machines of a Ray cluster."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final

from spanreg.registry import ConfigurationError

_RETRIES: Final = 5


class ShardExecutor(ABC):
    """Runs functions, and holds their results where they are until another one needs them."""

    @abstractmethod
    def share(self, value: Any) -> Any:
        """A handle of a value that many tasks need."""

    @abstractmethod
    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        """Calls a function once for each list of arguments; it gives so many results, whose handles these are."""

    @abstractmethod
    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        """Calls a function once for each list of arguments, handles among them, and gives its results."""


class LocalShardExecutor(ShardExecutor):
    """One task after the other, in this process."""

    def share(self, value: Any) -> Any:
        return value

    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        return [function(*given) for given in arguments]

    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        return [function(*given) for given in arguments]


class RayShardExecutor(ShardExecutor):
    """Tasks of Ray: of the cluster that ``RAY_ADDRESS`` names, or of this machine. A task whose worker dies is retried.

    Raises:
        ConfigurationError: Ray is not installed.
    """

    def __init__(self) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ModuleNotFoundError as error:
            hint = "install the extra: pip install 'spanreg[ray]'"
            raise ConfigurationError("the executor 'ray' needs the package ray", path="executor", hint=hint) from error
        if not self._ray.is_initialized():
            self._ray.init(log_to_driver=False, logging_level="warning", include_dashboard=False)

    def share(self, value: Any) -> Any:
        return self._ray.put(value)

    def scatter(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], results: int
    ) -> list[Sequence[Any]]:
        task = self._ray.remote(function).options(num_returns=results, max_retries=_RETRIES)
        return [task.remote(*given) for given in arguments]

    def gather(self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]]) -> list[Any]:
        task = self._ray.remote(function).options(max_retries=_RETRIES)
        found: list[Any] = self._ray.get([task.remote(*given) for given in arguments])
        return found
