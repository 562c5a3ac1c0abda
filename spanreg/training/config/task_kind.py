"""What a config asks of its texts, as far as it can be told without reading data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spanreg.registry import ConfigurationError, Params, Problem, stand_in

if TYPE_CHECKING:
    from spanreg.data.base import TaskKind

_TABLES = ("csv", "tsv", "jsonl", "parquet", "hub")


def kind_of(data: Any) -> TaskKind | None:
    """Return the kind of task of a config's ``data``; None where only the data, or a class that is not ours, know it.

    Args:
        data: the part ``data`` of a config.
    """
    given = {"type": data} if isinstance(data, str) else data if isinstance(data, Mapping) else {}
    kind = given.get("type")
    if kind in _TABLES:
        asked: Any = given.get("kind") or ("classification" if given.get("labels") else None)
        return asked  # type: ignore[no-any-return]
    if kind == "glue":
        return "regression" if given.get("task") == "stsb" else "classification"
    if kind == "held_out":
        return kind_of(given.get("data"))
    return {"conll": "token_classification", "snli": "classification", "demo": "classification"}.get(str(kind))  # type: ignore[return-value]


def unfit_for_task(params: Params) -> list[Problem]:
    """Return the metrics and the head of a config that are for other kinds of task than its data's.

    Args:
        params: the config of an experiment; names that are not registered are skipped, the plan reports them.
    """
    config = params.as_dict(quiet=True)
    data, head = config.get("data"), config.get("head")
    kind = kind_of(data)
    if kind is None:
        return []
    name = head.get("type") if isinstance(head, Mapping) else head
    kinds = _kinds("Head", name)
    found = []
    if kinds and kind not in kinds:
        own, able = _class("Head", name).__name__, " or ".join(map(repr, kinds))
        problem = f"{own} is for tasks of the kind {able}, the data's is {kind!r}"
        hint = f"leave the key 'head' out, or take {_fitting('Head', kind)}"
        found.append(_problem(params, "head.type", problem, hint))
    metrics = (data.get("metrics") if isinstance(data, Mapping) else None) or ()
    for metric in (one.get("type") if isinstance(one, Mapping) else one for one in metrics):
        kinds = _kinds("Metric", metric)
        if kinds and kind not in kinds:
            problem = f"the metric '{metric}' is not for tasks of the kind {kind!r}"
            found.append(_problem(params, "data.metrics", problem, f"take {_fitting('Metric', kind)}"))
    return found


def _problem(params: Params, path: str, problem: str, hint: str) -> Problem:
    lines = params.origin.lines
    return Problem(problem, path, hint, params.origin.file, lines.get(path, 0) or lines.get(path.partition(".")[0], 0))


def _fitting(family: str, kind: TaskKind) -> str:
    """Return the registered names of a family that are for a kind of task."""
    base: Any = stand_in(f"spanreg.{family.lower()}s.base", family)
    return " or ".join(repr(name) for name in base.list_available() if kind in _kinds(family, name))


def _kinds(family: str, name: Any) -> tuple[str, ...]:
    """Return the kinds of task that a registered class is for; empty where it is not registered."""
    kinds: tuple[str, ...] = getattr(_class(family, name), "kinds", ())
    return kinds


def _class(family: str, name: Any) -> Any:
    base: Any = stand_in(f"spanreg.{family.lower()}s.base", family)
    try:
        return base.find(name)[0] if isinstance(name, str) else None
    except ConfigurationError:
        return None
