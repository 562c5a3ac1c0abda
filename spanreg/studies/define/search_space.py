"""The ``search`` section of a study file: which values a search may choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol

from spanreg.registry import Above, AtLeast, Between, ConfigurationError, FromParams
from spanreg.studies.define.axes import names_of
from spanreg.studies.define.patches import ConfigChange, apply
from spanreg.training.config.seed import MOST_SEED


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
        ConfigurationError: the range is empty, or an option does not fit its ends.
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
        if not self.low < self.high:
            raise ConfigurationError(
                f"the range from {self.low:g} to {self.high:g} is empty", hint="give low below high"
            )
        if self.log and (self.low <= 0 or self.step is not None):
            raise ConfigurationError(
                "a logarithmic range needs a low above 0 and no step", path="log", hint="change them, or remove log"
            )
        if self.integer and not all(float(number).is_integer() for number in (self.low, self.high, self.step or 1)):
            raise ConfigurationError(
                "expected integers for low, high and step", path="integer", hint="round them, or remove integer"
            )

    def choose(self, trial: ValueSuggester, name: str) -> float | int:
        """Return a value of the range that a trial chooses."""
        if self.integer:
            step = int(self.step or 1)
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def ends(self) -> dict[str, float | int]:
        """Return the lowest and the highest value by their keys."""
        return {name: int(end) if self.integer else end for name, end in (("low", self.low), ("high", self.high))}


class Search(FromParams):
    """A search for a good setting, by Optuna's tree-structured Parzen estimator.

    Every trial is the study's base with other values, trained under one seed that no arm of the study has. Its score is
    the study's ``metric`` on its ``split``, computed on the reserved examples alone if the study has a ``reserve``. The
    best setting then becomes an arm and is run under all seeds of the study.

    Parameters:
        space: values by key of the config: a list of alternatives, or a range of numbers ``{low: 1e-5, high: 1e-3, log:
            true}``.
        trials: number of settings to try; default 20.
        seed: random seed of the proposals and of every trial's training; default 0.
        prune: stop a trial early when an evaluation is worse than the median of the earlier trials at that step;
            default on. Without effect if the study has a ``reserve``, since evaluations use all examples.
        startup: trials that finish before any is pruned; default 5.
        storage: address of Optuna's storage, for several machines; default: an SQLite file in the study's folder.
        name: name of the arm that the best setting becomes; default ``found``.

    Example:
        search: {
          space: { 'training.learning_rate': { low: 1e-5, high: 1e-3, log: true }, 'aggregator.kernel_size': [3, 5] },
          trials: 20,
        }

    Raises:
        ConfigurationError: the space is empty, or a list has fewer than two values or one twice.
    """

    def __init__(
        self,
        space: dict[str, list[Any] | ValueRange],
        trials: Annotated[int, AtLeast(1)] = 20,
        seed: Annotated[int, Between(0, MOST_SEED)] = 0,
        prune: bool = True,
        startup: Annotated[int, AtLeast(0)] = 5,
        storage: str | None = None,
        name: str = "found",
    ) -> None:
        if not space:
            raise ConfigurationError("the search space is empty", path="space", hint="give { KEY: [...] }")
        for key, values in space.items():
            if isinstance(values, list) and len(values) < 2:
                hint = "give a list of at least two, or a range: { low: ..., high: ... }"
                raise ConfigurationError("expected at least two values", path=f"space.{key}", hint=hint)
            names = names_of(values) if isinstance(values, list) else []
            if len(set(names)) < len(names):
                twice = max(names, key=names.count)
                raise ConfigurationError(f"the value '{twice}' is given twice", path=f"space.{key}", hint="remove one")
        self.space = space
        self.trials = trials
        self.seed = seed
        self.prune = prune
        self.startup = startup
        self.storage = storage
        self.name = name

    def choose(self, trial: ValueSuggester) -> tuple[ConfigChange, ...]:
        """Return the setting of a trial as changes of the base."""
        return tuple(ConfigChange(_origin(key), key, self._value(trial, key)) for key in self.space)

    def probes(self) -> Iterator[ConfigChange]:
        """Yield the changes to check before a search: the ends of every range, and all alternatives."""
        for key, values in self.space.items():
            named = values.ends() if isinstance(values, ValueRange) else dict(enumerate(values))
            yield from (ConfigChange(f"{_origin(key)}.{name}", key, value) for name, value in named.items())

    def config(self, base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> dict[str, Any]:
        """Return the config of a trial."""
        # One seed for all trials: differences between trials then come from their settings alone.
        return {**apply(base, pieces)[0], "seed": self.seed}

    def plain(self) -> dict[str, Any]:
        """Return the section as plain JSON, with all defaults."""
        space = {key: asdict(value) if isinstance(value, ValueRange) else value for key, value in self.space.items()}
        return {
            "space": space,
            "trials": self.trials,
            "seed": self.seed,
            "prune": self.prune,
            "startup": self.startup,
            "storage": self.storage,
            "name": self.name,
        }

    def _value(self, trial: ValueSuggester, key: str) -> Any:
        values = self.space[key]
        if isinstance(values, ValueRange):
            return values.choose(trial, key)
        # Optuna's categories cannot be objects or lists, so values are chosen by name.
        names = names_of(values)
        return values[names.index(trial.suggest_categorical(key, names))]


def _origin(key: str) -> str:
    return f"search.space.{key}"
