"""The config that each living object was built from, kept beside the objects."""

from __future__ import annotations

import weakref
from typing import Any

_given: dict[int, tuple[weakref.ref[Any], dict[str, Any], str]] = {}
"By the identity of the object: an attribute would show in ``vars``, in equality and in what the user writes as JSON."


def remember(built: Any, given: dict[str, Any], path: str = "") -> None:
    """Keep the config of an object with ``to_params``, and the key path of the config, as long as the object lives."""
    if not hasattr(built, "to_params"):
        return
    identity = id(built)

    def forget(reference: weakref.ref[Any]) -> None:
        # Another object may have the identity by now.
        if identity in _given and _given[identity][0] is reference:
            del _given[identity]

    try:
        _given[identity] = (weakref.ref(built, forget), given, path)
    except TypeError:  # slots without __weakref__: to_params then reads the attributes
        return


def recall(built: Any) -> dict[str, Any] | None:
    """Return the config of an object; None for one built by hand, copied or unpickled."""
    reference, given, _ = _given.get(id(built), (None, None, ""))
    return given if reference is not None and reference() is built else None


def place_of(built: Any) -> str:
    """Return the key path of the config that an object was built from, empty where it is not known."""
    reference, _, path = _given.get(id(built), (None, None, ""))
    return path if reference is not None and reference() is built else ""
