"""Values that a search may choose for one key of a config."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from spanreg.registry import Above, ConfigurationError, Problem


class ValueSuggester(Protocol):
    """The interface of an Optuna trial that chooses values by name."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None, log: bool) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int: ...

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Numbers from ``low`` to ``high``, both included.

    Example:
        space: { 'training.learning_rate': { low: 1e-5, high: 1e-3, log: true } }

    Raises:
        ConfigurationError: the range is empty, or options do not fit its ends; all mistakes at once.
    """

    low: float
    "The lowest value."
    high: float
    "The highest value."
    log: bool = False
    "Sample on a logarithmic scale, for instance for learning rates."
    integer: bool = False
    "Sample integers only."
    step: Annotated[float, Above(0)] | None = None
    "Distance between neighbouring values, from ``low`` on; default: 1 for integers, otherwise none."

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise ConfigurationError(problems, relative=True)

    def _problems(self) -> Iterator[Problem]:
        if not self.low < self.high:
            yield Problem(f"the range from {self.low:g} to {self.high:g} is empty", hint="give low below high")
        if self.log and (self.low <= 0 or self.step is not None):
            hint = "change them, or remove log"
            yield Problem("a logarithmic range needs a low above 0 and no step", "log", hint)
        if self.integer and not all(float(number).is_integer() for number in (self.low, self.high, self.step or 1)):
            yield Problem("expected integers for low, high and step", "integer", "round them, or remove integer")

    def choose(self, trial: ValueSuggester, name: str) -> float | int:
        """Return a value of the range that a trial chooses."""
        if self.integer:
            # The fields are floats by their type, and Optuna takes integers only.
            step = int(self.step or 1)
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def ends(self) -> dict[str, float | int]:
        """Return the lowest and the highest value by their keys."""
        return {name: int(end) if self.integer else end for name, end in (("low", self.low), ("high", self.high))}


SpaceValues = list[Any] | ValueRange
"Alternatives, or a range of numbers."
