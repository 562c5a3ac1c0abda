"""What a search may change: the ``search`` section of a study file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol

from spanreg.registry import Above, AtLeast, Between, ConfigurationError, FromParams
from spanreg.studies.define.axes import names_of
from spanreg.studies.define.patches import ConfigChange, apply
from spanreg.training.config.seed import MOST_SEED


class ValueSuggester(Protocol):
    """Chooses values by name: a trial of Optuna."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None, log: bool) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int: ...

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Numbers from ``low`` to ``high``, both of them included.

    Example:
        space: { 'training.learning_rate': { low: 1e-5, high: 1e-3, log: true } }

    Raises:
        ConfigurationError: there is nothing between the ends, or a logarithm of something that has none.
    """

    low: float
    "The lowest value."
    high: float
    "The highest value."
    log: bool = False
    "Whether ratios count rather than differences; for learning rates, for instance."
    integer: bool = False
    "Whether only whole numbers are meant."
    step: Annotated[float, Above(0)] | None = None
    "Distance between two neighbours, counted from ``low``; default: 1 for integers, none for others."

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ConfigurationError(f"there is nothing from {self.low:g} to {self.high:g}", hint="give low below high")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ConfigurationError(
                "a logarithmic range has a low above 0 and no step", path="log", hint="change them, or remove log"
            )
        if self.integer and not all(float(number).is_integer() for number in (self.low, self.high, self.step or 1)):
            raise ConfigurationError("the ends are no whole numbers", path="integer", hint="round them")

    def choose(self, trial: ValueSuggester, name: str) -> float | int:
        """A value of the range."""
        if self.integer:
            step = int(self.step or 1)
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def ends(self) -> dict[str, float | int]:
        """The lowest and the highest value by the keys that give them."""
        return {name: int(end) if self.integer else end for name, end in (("low", self.low), ("high", self.high))}


class Search(FromParams):
    """A search for a good setting, by Optuna's tree-structured Parzen estimator.

    Every trial is the study's base with other values, trained under one seed that the study's arms do not have. Its
    figure is the study's ``metric`` on its ``split``; where the study keeps examples in ``reserve``, on these alone.
    The best setting then becomes an arm and is run under all seeds of the study.

    Parameters:
        space: by key of the config what may stand there: a list of alternatives, or a range of numbers
            ``{low: 1e-5, high: 1e-3, log: true}``.
        trials: how many settings are tried; default 20.
        seed: of the proposals and of every trial's training; default 0.
        prune: whether a trial ends early when an evaluation is worse than the median of the earlier trials' at that
            step; default on. Without effect where examples are kept in ``reserve``: an evaluation looks at all.
        startup: trials that end before any is pruned; default 5.
        storage: address of Optuna's storage, for several machines; default: an SQLite file in the study's folder.
        name: of the arm that the best setting becomes; default ``found``.

    Example:
        search: {
          space: { 'training.learning_rate': { low: 1e-5, high: 1e-3, log: true }, 'aggregator.kernel_size': [3, 5] },
          trials: 20,
        }

    Raises:
        ConfigurationError: nothing may be changed, or a list has no alternatives.
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
            raise ConfigurationError("nothing may be changed", path="space", hint="give { KEY: [...] }")
        for key, values in space.items():
            if isinstance(values, list) and len(values) < 2:
                hint = "give a list of at least two, or a range: { low: ..., high: ... }"
                raise ConfigurationError("gives no alternatives", path=f"space.{key}", hint=hint)
            names = names_of(values) if isinstance(values, list) else []
            if len(set(names)) < len(names):
                twice = max(names, key=names.count)
                raise ConfigurationError(f"'{twice}' stands there twice", path=f"space.{key}", hint="remove one")
        self.space = space
        self.trials = trials
        self.seed = seed
        self.prune = prune
        self.startup = startup
        self.storage = storage
        self.name = name

    def choose(self, trial: ValueSuggester) -> tuple[ConfigChange, ...]:
        """The setting of a trial as changes of the base."""
        return tuple(ConfigChange(_origin(key), key, self._value(trial, key)) for key in self.space)

    def probes(self) -> Iterator[ConfigChange]:
        """Changes to be held against the signatures: the ends of every range and all alternatives."""
        for key, values in self.space.items():
            named = values.ends() if isinstance(values, ValueRange) else dict(enumerate(values))
            yield from (ConfigChange(f"{_origin(key)}.{name}", key, value) for name, value in named.items())

    def config(self, base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> dict[str, Any]:
        """The config of a trial."""
        return {**apply(base, pieces)[0], "seed": self.seed}

    def plain(self) -> dict[str, Any]:
        """The section of the study file again, with all defaults."""
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
        names = names_of(values)
        return values[names.index(trial.suggest_categorical(key, names))]


def _origin(key: str) -> str:
    return f"search.space.{key}"
