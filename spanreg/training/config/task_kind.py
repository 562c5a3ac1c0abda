"""The kind of task of a config, as far as it is known without reading data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from spanreg.registry import ConfigurationError, Params, Problem, stand_in

if TYPE_CHECKING:
    from spanreg.data.base import TaskKind

_FOLDERS: Final = {"DatasetReader": "data", "SpanDictionary": "dictionaries"}
"Folders of the families whose name is not that of the base class in the plural."


def task_kind_of(data: Any) -> TaskKind | None:
    """Return the kind of task of a config's ``data``; None if only the data, or a class that is not ours, define it.

    Args:
        data: the key ``data`` of a config.
    """
    given: Mapping[str, Any] = {"type": data} if isinstance(data, str) else data if isinstance(data, Mapping) else {}
    reader = given.get("type")
    # A stand-in has only class attributes; the kinds of these readers follow from their keys.
    if reader == "glue":
        return "regression" if given.get("task") == "stsb" else "classification"
    if reader in ("held_out", "folds"):
        return task_kind_of(given.get("data"))
    found = component_class("DatasetReader", reader)
    # By name, since the class may be a stand-in. Without the keys 'kind' and 'labels', the label column decides.
    if any(base.__name__ == "TableReader" for base in getattr(found, "__mro__", ())):
        named: TaskKind | None = given.get("kind")
        return named or ("classification" if given.get("labels") else None)
    fixed: TaskKind | None = getattr(found, "fixed_kind", None)
    return fixed


def unfit_for_task(params: Params) -> list[Problem]:
    """Return problems for the metrics and the head of a config that are for another kind of task.

    Args:
        params: the config of an experiment; names that are not registered are skipped, the plan reports them.
    """
    config = params.as_dict(quiet=True)
    data, head = config.get("data"), config.get("head")
    kind = task_kind_of(data)
    if kind is None:
        return []
    name = head.get("type") if isinstance(head, Mapping) else head
    kinds = _kinds("Head", name)
    found = []
    if kinds and kind not in kinds:
        shown, able = component_class("Head", name).__name__, " or ".join(map(repr, kinds))
        problem = f"{shown} is for tasks of the kind {able}, the data's is {kind!r}"
        hint = f"leave the key 'head' out, or take {_fitting('Head', kind)}"
        found.append(problem_at(params, "head.type", problem, hint))
    metrics = (data.get("metrics") if isinstance(data, Mapping) else None) or ()
    for metric in (one.get("type") if isinstance(one, Mapping) else one for one in metrics):
        kinds = _kinds("Metric", metric)
        if kinds and kind not in kinds:
            problem = f"the metric '{metric}' is not for tasks of the kind {kind!r}"
            found.append(problem_at(params, "data.metrics", problem, f"take {_fitting('Metric', kind)}"))
    return found


def problem_at(params: Params, path: str, problem: str, hint: str) -> Problem:
    """Return a problem with the file and the line of a key path."""
    lines = params.origin.lines
    # A key that only an override has is in no line; the line of its section is nearest.
    return Problem(problem, path, hint, params.origin.file, lines.get(path, 0) or lines.get(path.partition(".")[0], 0))


def _fitting(family: str, kind: TaskKind) -> str:
    """Return the registered names of a family that are for a kind of task."""
    base: Any = stand_in(f"spanreg.{family.lower()}s.base", family)
    return " or ".join(repr(name) for name in base.list_available() if kind in _kinds(family, name))


def _kinds(family: str, name: Any) -> tuple[str, ...]:
    """Return the kinds of task that a registered class is for; empty if it is not registered."""
    kinds: tuple[str, ...] = getattr(component_class(family, name), "kinds", ())
    return kinds


def component_class(family: str, name: Any) -> Any:
    """Return the stand-in of a registered class; None if the family has no class of the name.

    Args:
        family: base class of the family, such as ``Segmenter``.
        name: the value of ``type`` in a config, of any type.
    """
    folder = _FOLDERS.get(family, f"{family.lower()}s")
    base: Any = stand_in(f"spanreg.{folder}.base", family)
    try:
        return base.find(name)[0] if isinstance(name, str) else None
    except ConfigurationError:
        return None
