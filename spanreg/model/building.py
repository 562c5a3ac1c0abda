"""Components from their configs, for new models and for those read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head
from spanreg.registry import ConfigurationError, Params, within


def kind_of(labels: Sequence[str]) -> TaskKind:
    """What is asked where nobody says: one of the labels, or a real value where there are none."""
    return "classification" if labels else "regression"


def complete(components: Mapping[str, Any], kind: TaskKind) -> dict[str, Any]:
    """The four families' configs, with the defaults of those that are not given, in the order of the data.

    Raises:
        ConfigurationError: no encoder.
    """
    if not components.get("encoder"):
        raise ConfigurationError("a model needs an encoder", path="encoder", hint="give the config of one")
    defaults = {"aggregator": "none", "fusion": "concat", "head": kind}
    given = {family: components.get(family) for family in ("encoder", *defaults)}
    return {family: deepcopy(given[family] or {"type": defaults[family]}) for family in given}


def head_class(params: Mapping[str, Any] | str) -> type[Head]:
    """The class that a head's config names.

    Raises:
        ConfigurationError: there is no head of that name.
    """
    name = params if isinstance(params, str) else params.get("type", Head.default_implementation)
    with within("head.type"):
        found: type[Head] = Head.resolve_class_name(str(name))[0]
    return found


def require_fitting_head(params: Mapping[str, Any] | str | None, kind: TaskKind) -> None:
    """Holds a head's config against what the task asks; no config at all always fits.

    Raises:
        ConfigurationError: the head is for other kinds of task.
    """
    if not params:
        return
    chosen = head_class(params)
    if kind not in chosen.kinds:
        fitting = [name for name in Head.list_available() if kind in head_class(name).kinds]
        able = " or ".join(map(repr, chosen.kinds))
        raise ConfigurationError(
            f"{chosen.__name__} is for tasks of the kind {able}, the data's is {kind!r}",
            path="head.type",
            hint=f"leave the key 'head' out, or take {' or '.join(map(repr, fitting))}",
        )


def build(base: Any, params: Any, path: str, **extras: Any) -> Any:
    """A component of family ``base`` from its config.

    Args:
        base: the family.
        params: the config; a bare string stands for its ``type``.
        path: key path of the config, for errors.
        extras: handed down by argument name.

    Raises:
        ConfigurationError: the config does not fit; all its problems at once.
    """
    given = {"type": params} if isinstance(params, str) else dict(params)
    return base.from_params(Params(given, history=f"{path}."), **extras)
