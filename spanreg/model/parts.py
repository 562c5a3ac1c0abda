"""The four parts of a model: their configs, their defaults, and their construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head
from spanreg.registry import ConfigurationError, Lazy, Params, within


def default_task_kind(labels: Sequence[str]) -> TaskKind:
    """Return the default kind of task: classification, or regression without labels."""
    return "classification" if labels else "regression"


def with_defaults(components: Mapping[str, Any], kind: TaskKind) -> dict[str, Any]:
    """Return encoder, aggregator, fusion and head, with the defaults of those that are missing or empty.

    Args:
        components: configs, or planned parts (``Lazy``), by family; other keys are ignored.
        kind: kind of the task; the default head has its name.

    Raises:
        ConfigurationError: the encoder is missing.
    """
    if not as_written(components.get("encoder")):
        raise ConfigurationError("a model needs an encoder", path="encoder", hint="give the config of one")
    # The encoder is required, and has no default; its entry gives its place in the order.
    defaults = {"encoder": "", "aggregator": "none", "fusion": "concat", "head": kind}
    given = {family: components.get(family) for family in defaults}
    return {
        family: part if as_written(part) else {"type": defaults[family]}  # an empty config means the default
        for family, part in given.items()
    }


def as_written(part: Any) -> Any:
    """Return a copy of the config of a part, planned or not; a name alone stays a name."""
    return part.given if isinstance(part, Lazy) else deepcopy(part)


def head_class(head: Any) -> type[Head]:
    """Return the class of a head.

    Args:
        head: its config or name, or the planned head.

    Raises:
        ConfigurationError: no head has that name.
    """
    config = as_written(head)
    name = config if isinstance(config, str) else config.get("type", Head.default_implementation)
    with within("head.type"):
        found: type[Head] = Head.resolve_class_name(str(name))[0]
    return found


def require_fitting_head(head: Any, kind: TaskKind) -> None:
    """Check that a head is for the kind of task; a missing or empty config always is.

    Args:
        head: its config or name, or the planned head.
        kind: kind of the task.

    Raises:
        ConfigurationError: the head is for other kinds of task.
    """
    if not as_written(head):
        return
    chosen = head_class(head)
    if kind not in chosen.kinds:
        fitting = [name for name in Head.list_available() if kind in head_class(name).kinds]
        able = " or ".join(map(repr, chosen.kinds))
        raise ConfigurationError(
            f"{chosen.__name__} is for tasks of the kind {able}, the data's is {kind!r}",
            path="head.type",
            hint=f"leave the key 'head' out, or take {' or '.join(map(repr, fitting))}",
        )


def build_part(base: Any, part: Any, path: str, **extras: Any) -> Any:
    """Construct one part.

    Args:
        base: the family.
        part: the planned part, or a config, which is planned here; a bare string is its ``type``.
        path: key path of the config, for errors.
        extras: what is known only at run time, by argument name.

    Raises:
        ConfigurationError: all problems of the config at once.
    """
    # A run has planned its parts with the whole config; a saved model has only its own config.
    if isinstance(part, Lazy):
        return part.construct(**extras)
    config = {"type": part} if isinstance(part, str) else dict(part)
    return base.from_params(Params(config, history=f"{path}."), **extras)
