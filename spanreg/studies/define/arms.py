"""Arms: the configurations that a study compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spanreg.registry import DroppedKey, Problem, suggest
from spanreg.studies.define.axes import AxisCell
from spanreg.studies.define.patches import ConfigChange, apply
from spanreg.training.config.seed import MOST_SEED
from spanreg.training.runs.differences import canonical, differing_keys

PATCH = "patch"
"The key that tells an arm with options of its own from a bare patch."
OPTIONS = ("seeds", "tags", "about")


@dataclass(frozen=True, slots=True)
class Arm:
    """One configuration of a study."""

    name: str
    config: Mapping[str, Any]
    "As resolved; without a seed."
    pieces: tuple[ConfigChange, ...] = ()
    "What it changes; nothing for the base."
    changes: tuple[str, ...] = ()
    "One line a key that differs from the base, ``training.epochs: 3 -> 5``."
    dropped: tuple[DroppedKey, ...] = ()
    "Keys of the base that a swapped component does not take."
    choice: Mapping[str, str] | None = None
    "Name of the alternative by axis; None for an arm that no axis made."
    seeds: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    about: str = ""
    "One sentence for the report."


def base_arm(name: str, base: Mapping[str, Any]) -> Arm:
    """The base as an arm."""
    return Arm(name, _without_seed(base), choice={})


def arm_of_pieces(name: str, base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> Arm:
    """The base with some changes as an arm."""
    config, dropped = apply(base, pieces)
    base, config = _without_seed(base), _without_seed(config)
    return Arm(name, config, pieces, tuple(differing_keys(base, config)), dropped)


def arm_of_cell(cell: AxisCell, base: Mapping[str, Any]) -> Arm:
    """The arm of a combination of axes."""
    return replace(arm_of_pieces(cell.name, base, cell.pieces), choice=cell.choice)


def named_arms(given: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[Arm]:
    """The arms that a study file names: each a patch, or an object with ``patch``, ``seeds``, ``tags`` and ``about``.

    Those in which ``problems_of_named`` finds a mistake are passed over.
    """
    for name, value in given.items():
        if any(_problems(name, value)):
            continue
        origin = f"arms.{name}"
        if PATCH not in value:
            yield arm_of_pieces(name, base, (ConfigChange(origin, "", value),))
            continue
        arm = arm_of_pieces(name, base, (ConfigChange(f"{origin}.{PATCH}", "", value[PATCH]),))
        seeds, tags = tuple(value.get("seeds", ())), tuple(value.get("tags", ()))
        yield replace(arm, seeds=seeds, tags=tags, about=value.get("about", ""))


def problems_of_named(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the form of the arms that a study file names."""
    return [problem for name, value in given.items() for problem in _problems(name, value)]


def problems_of_names(arms: Iterable[Arm]) -> list[Problem]:
    """Every name that stands for two arms."""
    twice = [name for name, count in Counter(arm.name for arm in arms).items() if count > 1]
    return [Problem(f"two arms have the name '{name}'", f"arms.{name}", "rename one") for name in twice]


def same_configs(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Pairs of arms that resolve to the same config: the later one changes nothing that the earlier one does not."""
    first: dict[str, str] = {}
    earlier = [first.setdefault(canonical(arm.config), arm.name) for arm in arms]
    return [(one, arm.name) for one, arm in zip(earlier, arms, strict=True) if one != arm.name]


def _without_seed(config: Mapping[str, Any]) -> dict[str, Any]:
    """The study gives the seeds, so the config's own must not tell two arms apart."""
    return {key: value for key, value in config.items() if key != "seed"}


def _problems(name: str, value: Any) -> Iterator[Problem]:
    path = f"arms.{name}"
    if not isinstance(value, Mapping):
        yield Problem(f"the arm '{name}' is no object", path, "write the keys of the config that it changes")
        return
    if PATCH in value:
        for key in value:
            if key not in (PATCH, *OPTIONS):
                yield Problem("is no option of an arm", f"{path}.{key}", suggest(key, OPTIONS, f"beside '{PATCH}'"))
        yield from _list_problems(path, value, "seeds", f"whole numbers from 0 to {MOST_SEED}", _is_seed)
        yield from _list_problems(path, value, "tags", "strings", lambda item: isinstance(item, str))
        if not isinstance(value[PATCH], Mapping):
            yield Problem("is no object", f"{path}.{PATCH}", "write the keys of the config that the arm changes")
    elif "seed" in value:
        yield Problem("an arm has no seed of its own", f"{path}.seed", "write seeds: [...] beside patch: {...}")


def _list_problems(
    path: str, value: Mapping[str, Any], key: str, words: str, fits: Callable[[Any], bool]
) -> Iterator[Problem]:
    if key not in value:
        return
    items = value[key]
    if not isinstance(items, list) or not items or not all(map(fits, items)) or len({*items}) < len(items):
        yield Problem(f"is no list of {words}, each once", f"{path}.{key}", f"give {key}: [...]")


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_SEED
