"""Cross-validation in a study: every fold is a run of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from spanreg.registry import AtLeast


@dataclass(frozen=True, slots=True)
class FoldOptions:
    """Division of the training set into folds, each of which is evaluated by a run of its own.

    Example:
        folds: { number: 5, group: 'author' }
    """

    number: Annotated[int, AtLeast(2)] = 5
    "Number of folds."
    group: str | None = None
    "Column of the data whose equal values stay in one fold."
    sample_seed: Annotated[int, AtLeast(0)] = 0
    "Random seed of the division."

    def data(self, inner: Any) -> dict[str, Any]:
        """Return the ``data`` of a config, divided into folds; the first fold is evaluated."""
        chosen = {} if self.group is None else {"group": self.group}
        return {"type": "folds", "data": inner, "folds": self.number, **chosen, "sample_seed": self.sample_seed}


def config_of_run(config: Mapping[str, Any], seed: int, fold: int | None = None) -> dict[str, Any]:
    """Return the config of one run of an arm, for ``spanreg train``.

    Args:
        config: the arm's config; in a study with folds, its ``data`` is of the type ``folds``.
        seed: random seed of the run.
        fold: the fold that the run evaluates; None in a study without folds.
    """
    data = {} if fold is None else {"data": {**config["data"], "fold": fold}}
    return {**config, **data, "seed": seed}


def name_of_run(arm: str, seed: int, fold: int | None = None) -> str:
    """Return the name of a run in messages: ``plain, seed 3, fold 0``."""
    return f"{arm}, seed {seed}" + ("" if fold is None else f", fold {fold}")
