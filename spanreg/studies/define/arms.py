"""Arms: the configurations that a study compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spanreg.registry import DroppedKey, Problem, suggest
from spanreg.registry.names import spell_value, text_hint
from spanreg.studies.define.axes import AxisCell
from spanreg.studies.define.patches import PATCH, ConfigChange, apply
from spanreg.studies.define.spaces.sizes import SizeMatch
from spanreg.training.config.seed import MOST_SEED
from spanreg.training.runs.differences import canonical, differing_keys

OPTIONS = ("seeds", "tags", "about", "width")
"Keys of an arm next to ``patch``."
FOUND_TAG = "search"
"Tag of the arm with the best setting of a search of the base."


@dataclass(frozen=True, slots=True)
class Arm:
    """One configuration of a study.

    ``arm_of_pieces("plain", base, (ConfigChange("arms.plain", "aggregator", "none"),)).config``
    """

    name: str
    config: Mapping[str, Any]
    "The resolved config, without a seed."
    pieces: tuple[ConfigChange, ...] = ()
    "Its changes of the base; none for the base itself."
    changes: tuple[str, ...] = ()
    "One line for each key that differs from the base, ``training.epochs: 3 -> 5``."
    dropped: tuple[DroppedKey, ...] = ()
    "Keys of the base that a swapped component does not take."
    choice: Mapping[str, str] | None = None
    "Name of the alternative by axis; None for an arm that does not come from axes."
    seeds: tuple[int, ...] = ()
    "Its own seeds; empty for those of the study."
    tags: tuple[str, ...] = ()
    about: str = ""
    "One sentence for the report."
    setting: str = ""
    "Name of the arm without its task; empty in a study without ``tasks``."
    task: str = ""
    "Name of its task in ``tasks`` of the study; empty in a study without."
    width: str | None = None
    "Key that is adjusted to match the size of other arms; None for the default."
    match: SizeMatch | None = None
    "How the arm was adjusted; None if it was not."
    tuned_from: str | None = None
    "The arm whose best setting this is, found by a search; None for an arm of the study file."

    @property
    def differences(self) -> list[str]:
        """Lines on what the arm changes, and on the keys that it lost because their component was replaced."""
        # A dropped key is a change as well; the line that says why it is gone replaces the other.
        lost = {dropped.path for dropped in self.dropped}
        return [change for change in self.changes if change.partition(":")[0] not in lost] + list(
            map(str, self.dropped)
        )


def base_arm(name: str, base: Mapping[str, Any]) -> Arm:
    """Return the base as an arm."""
    # An empty choice, not None: the base is the combination in which every axis is as it was.
    return Arm(name, _without_seed(base), choice={})


def arm_of_pieces(name: str, base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> Arm:
    """Return the base with some changes as an arm."""
    config, dropped = apply(base, pieces)
    base, config = _without_seed(base), _without_seed(config)
    return Arm(name, config, pieces, tuple(differing_keys(base, config)), dropped)


def arm_of_cell(cell: AxisCell, base: Mapping[str, Any]) -> Arm:
    """Return the arm of a combination of axes."""
    return replace(arm_of_pieces(cell.name, base, cell.pieces), choice=cell.choice)


def named_arms(given: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[Arm]:
    """Yield the arms under ``arms``: each is a patch, or an object with its options next to ``patch``.

    Arms in which ``problems_of_named`` finds a mistake are skipped.
    """
    for name, value in given.items():
        if any(_problems_of_arm(name, value)):
            continue
        origin = f"arms.{name}"
        # Without the key, the object is the patch itself, which has no options.
        if PATCH not in value:
            yield arm_of_pieces(name, base, (ConfigChange(origin, "", value),))
            continue
        arm = arm_of_pieces(name, base, (ConfigChange(f"{origin}.{PATCH}", "", value[PATCH]),))
        seeds, tags = tuple(value.get("seeds", ())), tuple(value.get("tags", ()))
        yield replace(arm, seeds=seeds, tags=tags, about=value.get("about", ""), width=value.get("width"))


def problems_of_named(given: Mapping[str, Any]) -> list[Problem]:
    """Return the mistakes in the form of the arms under ``arms``."""
    return [problem for name, value in given.items() for problem in _problems_of_arm(name, value)]


def problems_of_names(arms: Iterable[Arm]) -> list[Problem]:
    """Return a problem for each name that two arms share."""
    twice = [name for name, count in Counter(arm.name for arm in arms).items() if count > 1]
    return [Problem(f"two arms have the name '{name}'", f"arms.{name}", "rename one") for name in twice]


def same_configs(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return pairs of arms that resolve to the same config, the earlier arm first."""
    first: dict[str, str] = {}
    # Canonical JSON, so that the order of keys does not distinguish two configs.
    earlier = [first.setdefault(canonical(arm.config), arm.name) for arm in arms]
    return [(one, arm.name) for one, arm in zip(earlier, arms, strict=True) if one != arm.name]


def _without_seed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without its seed: the study sets the seeds, so a seed must not distinguish two arms."""
    return {key: value for key, value in config.items() if key != "seed"}


def _problems_of_arm(name: str, value: Any) -> Iterator[Problem]:
    """Yield the mistakes in the form of one arm; its keys of the config are checked with those of the base."""
    path = f"arms.{name}"
    if not isinstance(value, Mapping):
        hint = text_hint(value) or "write the keys of the config that it changes"
        yield Problem(f"expected an object, got {spell_value(value)}", path, hint)
        return
    if not isinstance(value.get(PATCH, {}), Mapping):
        problem = f"expected an object, got {spell_value(value[PATCH])}"
        yield Problem(problem, f"{path}.{PATCH}", "write the keys of the config that the arm changes")
    elif PATCH in value:
        for key in value:
            if key not in (PATCH, *OPTIONS):
                yield Problem("unknown option of an arm", f"{path}.{key}", suggest(key, OPTIONS, f"next to '{PATCH}'"))
        yield from _list_problems(path, value, "seeds", f"whole numbers from 0 to {MOST_SEED}", _is_seed)
        yield from _list_problems(path, value, "tags", "strings", lambda item: isinstance(item, str))
        if not isinstance(value.get("width", ""), str):
            hint = "give a key of the config, such as aggregator.channels"
            yield Problem(f"expected a string, got {spell_value(value['width'])}", f"{path}.width", hint)
    # The base's seed is ignored as well: the study sets one seed per run, so a seed in a patch would have no effect.
    elif "seed" in value:
        yield Problem("a patch cannot set a seed", f"{path}.seed", "write { patch: {...}, seeds: [...] }")


def _list_problems(
    path: str, value: Mapping[str, Any], key: str, words: str, fits: Callable[[Any], bool]
) -> Iterator[Problem]:
    if key not in value:
        return
    items = value[key]
    # The set comes last: only items that fit are certain to be hashable.
    if not isinstance(items, list) or not items or not all(map(fits, items)) or len({*items}) < len(items):
        yield Problem(f"expected a list of different {words}", f"{path}.{key}", f"give {key}: [...]")


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_SEED
