"""Cross-validation in a study: one run for every fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from spanreg.registry import AtLeast, Problem
from spanreg.registry.names import spell_value


@dataclass(frozen=True, slots=True)
class FoldOptions:
    """Division of the training set into folds, each of which is evaluated by one run, trained on the others.

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


def base_and_folds(
    base: dict[str, Any], folds: int | FoldOptions | None
) -> tuple[dict[str, Any], FoldOptions | None, list[Problem]]:
    """Return the base without folds in its ``data``, the folds of the study, and the mistakes in them.

    Folds with a mistake are left out, so that the rest of the study can be checked.

    Args:
        base: the base, whose ``data`` may have the keys ``folds`` and ``group`` next to those of its reader.
        folds: the key ``folds`` of the study.
    """
    options, data = FoldOptions(folds) if isinstance(folds, int) else folds, base.get("data")
    # In data of the type ``folds``, these keys belong to that reader.
    if not isinstance(data, Mapping) or data.get("type") == "folds" or "folds" not in data:
        return base, options, []
    number, group = data["folds"], data.get("group")
    inner = {**base, "data": {key: value for key, value in data.items() if key not in ("folds", "group")}}
    if options is not None:
        return inner, options, [Problem("folds are given twice", "base.data.folds", "remove one of them")]
    problems = []
    # No signature covers these two keys: the reader of the base never receives them.
    if not isinstance(number, int) or isinstance(number, bool) or number < 2:
        problems.append(Problem(f"is {spell_value(number)}", "base.data.folds", "give at least 2"))
    if not isinstance(group, str | None):
        problems.append(Problem(f"is {spell_value(group)}", "base.data.group", "give the name of a column"))
    return inner, None if problems else FoldOptions(number, group), problems


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
