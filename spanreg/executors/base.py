"""Base of the executors: where independent pieces of work are done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from spanreg.registry import Registrable


@dataclass(frozen=True, slots=True)
class Call:
    """A function to be called somewhere else."""

    name: str
    "For people."
    function: str
    "``package.module:function``; it is imported where the work is done."
    arguments: dict[str, Any]
    "Keyword arguments, plain JSON."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call."""

    call: Call
    value: Any = None
    "What the function gave, plain JSON; None where there is a problem."
    problem: str = ""
    "Why there is no value: the error's text, or how the process ended."
    final: bool = False
    "The same call would fail in the same way again: the user has to change something first."

    @property
    def failed(self) -> bool:
        return bool(self.problem)


class Executor(Registrable):
    """Does independent pieces of work, several at a time, and tells of each as it ends.

    A piece that fails, or whose process dies, is one outcome with a problem and stops no other.

    To add one: subclass, decorate with ``@Executor.register("my_executor")`` and implement ``run``.
    """

    jobs: int = 1
    "Pieces of work at a time; set it in ``__init__``."

    default_implementation: ClassVar[str | None] = "local"

    @abstractmethod
    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        """One outcome for each call, in the order in which they end; calls begin in the order given.

        Closing the iterator stops what is still at work.

        Raises:
            ConfigurationError: the place where the work should be done cannot be reached.
        """
