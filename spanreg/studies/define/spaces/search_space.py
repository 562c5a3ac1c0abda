"""The ``search`` section of a study file: which values a search may choose."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from spanreg.registry import AtLeast, Between, ConfigurationError, FromParams, Problem
from spanreg.studies.define.axes import names_of
from spanreg.studies.define.patches import ConfigChange, apply
from spanreg.studies.define.spaces.default_space import default_space, takes
from spanreg.studies.define.spaces.value_range import SpaceValues, ValueRange, ValueSuggester
from spanreg.training.config.seed import MOST_SEED


class SearchConfig(FromParams):
    """A search for a good setting, by Optuna's tree-structured Parzen estimator.

    Every trial is the study's base, or an arm, with other values, trained under one seed that no arm of the study has.
    Its score is the study's ``metric`` on its ``split``, computed on the reserved examples alone if the study has a
    ``reserve``. The best setting then becomes an arm and is run under all seeds of the study.

    Parameters:
        space: values by key of the config: a list of alternatives, or a range of numbers ``{low: 1e-5, high: 1e-3, log:
            true}``; or ``defaults``, the ranges that the components in the config name for their arguments.
        each_arm: tune every arm alone, all with the same number of trials, sampler, pruner and examples; keys of the
            space that an arm does not have are left out for it. Default: only the base is tuned.
        trials: number of settings to try, for each arm; default 20.
        seed: random seed of the proposals and of every trial's training; default 0.
        prune: stop a trial early when an evaluation is worse than the median of the earlier trials at that step;
            default on. Without effect if the study has a ``reserve``, since evaluations use all examples.
        startup: trials that finish before any is pruned; default 5.
        storage: address of Optuna's storage, for several machines; default: an SQLite file in the study's folder.
        name: name of the arm that the best setting becomes; default ``found``, and with ``each_arm`` the name of the
            tuned arm followed by ``(tuned)``.

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
        space: dict[str, list[Any] | ValueRange] | Literal["defaults"],
        each_arm: bool = False,
        trials: Annotated[int, AtLeast(1)] = 20,
        seed: Annotated[int, Between(0, MOST_SEED)] = 0,
        prune: bool = True,
        startup: Annotated[int, AtLeast(0)] = 5,
        storage: str | None = None,
        name: str = "found",
    ) -> None:
        if space != "defaults":
            _check_space(space)
        self.space = space
        self.each_arm = each_arm
        self.trials = trials
        self.seed = seed
        self.prune = prune
        self.startup = startup
        self.storage = storage
        self.name = name

    def space_for(self, config: Mapping[str, Any]) -> dict[str, SpaceValues]:
        """Return the values to try for a config, by key.

        With ``each_arm``, keys that no component of the config has are left out.
        """
        if not isinstance(self.space, dict):
            return default_space(config)
        # If only the base is tuned, a key that it does not have is a mistake, which the check of ``probes`` reports.
        return {key: values for key, values in self.space.items() if not self.each_arm or takes(config, key)}

    def for_config(self, config: Mapping[str, Any]) -> SearchConfig:
        """Return the search with the space for one config."""
        # A copy, because several arms may be searched with other keys of the same space.
        found = copy.copy(self)
        found.space = dict(self.space_for(config))
        return found

    def name_of(self, arm: str) -> str:
        """Return the name of the arm that the best setting of an arm becomes."""
        return f"{arm} (tuned)" if self.each_arm else self.name

    def choose(self, trial: ValueSuggester) -> tuple[ConfigChange, ...]:
        """Return the setting of a trial as changes of the base."""
        changes = []
        for key, values in self._own().items():
            if isinstance(values, ValueRange):
                value = values.choose(trial, key)
            else:
                # Optuna's categories cannot be objects or lists, so values are chosen by name.
                names = names_of(values)
                value = values[names.index(trial.suggest_categorical(key, names))]
            changes.append(ConfigChange(_origin(key), key, value))
        return tuple(changes)

    def probes(self) -> Iterator[ConfigChange]:
        """Yield the changes to check before a search: the ends of every range, and all alternatives."""
        for key, values in self._own().items():
            named = values.ends() if isinstance(values, ValueRange) else dict(enumerate(values))
            yield from (ConfigChange(f"{_origin(key)}.{name}", key, value) for name, value in named.items())

    def config(self, base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> dict[str, Any]:
        """Return the config of a trial."""
        # One seed for all trials: differences between trials then come from their settings alone.
        return {**apply(base, pieces)[0], "seed": self.seed}

    def plain(self) -> dict[str, Any]:
        """Return the section as plain JSON, with all defaults."""
        return {
            "space": plain_space(self._own()),
            "trials": self.trials,
            "seed": self.seed,
            "prune": self.prune,
            "startup": self.startup,
            "storage": self.storage,
            "name": self.name,
        }

    def _own(self) -> dict[str, SpaceValues]:
        assert isinstance(self.space, dict), "for_config replaces 'defaults' by values"
        return self.space


def plain_space(space: Mapping[str, SpaceValues]) -> dict[str, Any]:
    """Return a space as plain JSON."""
    return {key: asdict(values) if isinstance(values, ValueRange) else values for key, values in space.items()}


def _check_space(space: Any) -> None:
    if not space:
        hint = "give { KEY: [...] }, or 'defaults'"
        raise ConfigurationError("the search space is empty", path="space", hint=hint)
    problems: list[Problem] = []
    for key, values in space.items():
        names = names_of(values) if isinstance(values, list) else []
        if isinstance(values, list) and len(values) < 2:
            hint = "give a list of at least two, or a range: { low: ..., high: ... }"
            problems.append(Problem("expected at least two values", f"space.{key}", hint))
        repeated = dict.fromkeys(name for place, name in enumerate(names) if name in names[:place])
        problems += [Problem(f"the value '{name}' is given twice", f"space.{key}", "remove one") for name in repeated]
    if problems:
        raise ConfigurationError(problems, relative=True)


def _origin(key: str) -> str:
    return f"search.space.{key}"
