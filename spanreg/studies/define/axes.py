"""Axes of a study: the alternatives of each, and the combinations of a mode."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from math import prod
from typing import Any, Literal

from spanreg.registry import ConfigurationError, MistakeCollector, Problem, within
from spanreg.registry.names import spell_value, text_hint
from spanreg.studies.define.neutral import neutral_of
from spanreg.studies.define.patches import ConfigChange

Mode = Literal["one_at_a_time", "grid", "pairs", "leave_one_out", "add_one"]
"Which combinations of the axes are arms; see ``cells``."

NOTHING = "nothing"
"Name of the arm without any of the pieces."


@dataclass(frozen=True, slots=True)
class Axis:
    """A key of the config and its alternatives.

    ``Axis("aggregator", {"none": ConfigChange("axes.aggregator.0", "aggregator", "none")})``
    """

    key: str
    "Key path, for instance ``aggregator`` or ``training.epochs``."
    pieces: Mapping[str, ConfigChange]
    "The alternatives by name; empty for modes that only leave pieces out."


@dataclass(frozen=True, slots=True)
class AxisCell:
    """One combination of alternatives.

    ``next(cells(read_axes({"aggregator": ["none"]}), "grid")).name`` is ``"aggregator=none"``.
    """

    name: str
    choice: Mapping[str, str]
    "Name of the alternative by axis, without the axes that are as in the base."
    pieces: tuple[ConfigChange, ...]


def read_axes(given: Mapping[str, Any] | Sequence[str] | None) -> list[Axis]:
    """Return the axes of a study file.

    Args:
        given: the alternatives by key, as a list or by name; or only the keys, for modes that leave pieces out.

    Raises:
        ConfigurationError: axes have no alternatives, or two of one name; all of them at once.
    """
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [Axis(key, {}) for key in given]
    axes: list[Axis] = []
    mistakes = MistakeCollector()
    for key, value in given.items():
        with mistakes:
            axes.append(Axis(key, _alternatives(key, value)))
    mistakes.raise_all()
    return axes


def _alternatives(key: str, value: Any) -> dict[str, ConfigChange]:
    """Return the alternatives of one axis by name."""
    origin = f"axes.{key}"
    if not isinstance(value, list | Mapping) or not value:
        raise ConfigurationError(
            f"expected a non-empty list or object of alternatives, got {spell_value(value)}",
            path=origin,
            hint=text_hint(value) or "give a list of them, or an object with a name for each",
        )
    if isinstance(value, Mapping):
        return {name: ConfigChange(f"{origin}.{name}", key, item) for name, item in value.items()}
    names = names_of(value)
    repeated = [index for index, name in enumerate(names) if name in names[:index]]
    if repeated:
        raise ConfigurationError(
            Problem(f"the alternative '{names[index]}' is given twice", f"{origin}.{index}", "remove one")
            for index in repeated
        )
    pairs = zip(names, value, strict=True)
    return {name: ConfigChange(f"{origin}.{index}", key, item) for index, (name, item) in enumerate(pairs)}


def names_of(values: Sequence[Any]) -> list[str]:
    """Return names for the values of a list: the type of a component, with its options where types repeat."""
    names = [_type_of(value) for value in values]
    # Names get longer only where they repeat: the type, then its options, then the options of its parts.
    for deep in (False, True):
        twice = {name for name, count in Counter(names).items() if count > 1}
        pairs = zip(names, values, strict=True)
        names = [_in_full(value, deep=deep) if name in twice else name for name, value in pairs]
    return names


def _type_of(value: Any) -> str:
    """Return the type of a component, a text as it is, or any other value as JSON."""
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        return str(value["type"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_full(value: Any, *, deep: bool) -> str:
    """Return the type of a component with its options; with ``deep``, also with those of its parts."""
    name = _type_of(value)
    if not isinstance(value, Mapping):
        return name
    spell = partial(_in_full, deep=True) if deep else _type_of
    options = ",".join(f"{key}={spell(item)}" for key, item in value.items() if key != "type")
    return f"{name}({options})" if options else name


def cells(axes: Sequence[Axis], mode: Mode) -> Iterator[AxisCell]:
    """Yield the combinations of a mode, in the order of the file and without the base itself.

    ``one_at_a_time``: every alternative alone. ``grid``: one of every axis, in every combination. ``pairs``: every
    alternative alone, and every two of different axes. ``leave_one_out``: each piece replaced by its family's neutral
    element. ``add_one``: all pieces left out, and then each one alone as the base has it.

    Raises:
        ConfigurationError: an axis has no alternatives, or no neutral element, and the mode needs them.
    """
    # Modes that leave pieces out need neutral elements instead of alternatives.
    yield from _LEAVING_OUT[mode](axes) if mode in _LEAVING_OUT else _CHOOSING[mode](_with_alternatives(axes, mode))


def count_cells(axes: Sequence[Axis], mode: Mode) -> int:
    """Return the number of combinations of a mode, without making them."""
    sizes = [len(axis.pieces) for axis in axes]
    counts = {
        "one_at_a_time": sum(sizes),
        # The empty product is 1, but without axes there is no combination.
        "grid": prod(sizes) if sizes else 0,
        "pairs": sum(sizes) + sum(first * second for first, second in combinations(sizes, 2)),
        "leave_one_out": len(sizes),
        "add_one": 1 + len(sizes),
    }
    return counts[mode]


def _with_alternatives(axes: Sequence[Axis], mode: str) -> Sequence[Axis]:
    """Return the axes after checking that each has alternatives."""
    hint = "write axes: { KEY: [...] }, or use the mode 'leave_one_out' or 'add_one'"
    problem = f"the axis has no alternatives, and the mode '{mode}' chooses among them"
    if problems := [Problem(problem, f"axes.{axis.key}", hint) for axis in axes if not axis.pieces]:
        raise ConfigurationError(problems)
    return axes


def _single(axes: Iterable[Axis]) -> Iterator[AxisCell]:
    for axis in axes:
        # In the order of the file, which is the order of the report.
        for name, piece in axis.pieces.items():
            yield _cell([(axis, name, piece)])


def _grid(axes: Sequence[Axis]) -> Iterator[AxisCell]:
    for chosen in product(*(axis.pieces.items() for axis in axes)):
        yield _cell([(axis, name, piece) for axis, (name, piece) in zip(axes, chosen, strict=True)])


def _pairs(axes: Sequence[Axis]) -> Iterator[AxisCell]:
    yield from _single(axes)
    for first, second in combinations(axes, 2):
        yield from _grid([first, second])


def _cell(chosen: Sequence[tuple[Axis, str, ConfigChange]]) -> AxisCell:
    return AxisCell(
        name=",".join(f"{axis.key}={name}" for axis, name, _ in chosen),
        choice={axis.key: name for axis, name, _ in chosen},
        pieces=tuple(piece for _, _, piece in chosen),
    )


def _leave_one_out(axes: Sequence[Axis]) -> Iterator[AxisCell]:
    neutral = _neutral_elements(axes)
    for axis in axes:
        yield _without(f"without {axis.key}", {axis.key: neutral[axis.key]})


def _add_one(axes: Sequence[Axis]) -> Iterator[AxisCell]:
    neutral = _neutral_elements(axes)
    yield _without(NOTHING, neutral)
    for axis in axes:
        yield _without(f"only {axis.key}", {key: name for key, name in neutral.items() if key != axis.key})


def _without(name: str, choice: Mapping[str, str]) -> AxisCell:
    """Return the combination that replaces some pieces by neutral elements, given by key."""
    changes = (ConfigChange(f"axes.{key}", key, {"type": neutral}) for key, neutral in choice.items())
    return AxisCell(name, choice, tuple(changes))


def _neutral_elements(axes: Sequence[Axis]) -> dict[str, str]:
    """Return the neutral element of every axis by its key.

    Raises:
        ConfigurationError: axes have none; all of them at once.
    """
    found: dict[str, str] = {}
    mistakes = MistakeCollector()
    for axis in axes:
        with mistakes, within(f"axes.{axis.key}"):
            found[axis.key] = neutral_of(axis.key)
    mistakes.raise_all()
    return found


_CHOOSING = {"one_at_a_time": _single, "grid": _grid, "pairs": _pairs}
_LEAVING_OUT = {"leave_one_out": _leave_one_out, "add_one": _add_one}
