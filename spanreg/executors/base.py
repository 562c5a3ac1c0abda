"""Base of the executors: where independent function calls run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from spanreg.registry import Registrable


@dataclass(frozen=True, slots=True)
class Call:
    """A function call that an executor makes in another process.

    ``Call("plain, seed 1", "package.module:function", {"seed": 1})``
    """

    name: str
    "Name in messages."
    function: str
    "``package.module:function``; it is imported in the other process."
    arguments: dict[str, Any]
    "Keyword arguments, plain JSON."

    @property
    def request(self) -> dict[str, Any]:
        """The call as plain JSON, without its name; ``spanreg.executors.worker.answer`` makes it."""
        return {"function": self.function, "arguments": self.arguments}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a call, or why there is none.

    ``[outcome.value for outcome in executor.run(calls) if not outcome.failed]``
    """

    call: Call
    value: Any = None
    "What the function returned, plain JSON; None if it failed."
    problem: str = ""
    "Why it failed: the text of the error, or how the process ended."
    final: bool = False
    "The call would fail again: the user has to change something first."

    @property
    def failed(self) -> bool:
        """True if there is no result."""
        return bool(self.problem)


class Executor(Registrable):
    """Makes independent function calls, several at a time, and yields the outcome of each as it ends.

    A call that fails, or whose process dies, is an outcome with a problem; the other calls continue.

    ``for outcome in Executor.from_params({"type": "local", "jobs": 4}).run(calls): ...``

    To add one: subclass, decorate with ``@Executor.register("my_executor")`` and implement ``run``.
    """

    jobs: int = 1
    "Calls at a time; set it in ``__init__``."

    default_implementation: ClassVar[str | None] = "local"

    @abstractmethod
    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        """Yield one outcome for each call, in the order in which they end; calls start in the order given.

        Closing the iterator stops the calls that are still running.

        Raises:
            ConfigurationError: the cluster or queue cannot be reached.
        """
