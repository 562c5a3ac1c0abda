"""Configs of built objects, each kept for the lifetime of its object."""

from __future__ import annotations

import weakref
from typing import Any

# Not an attribute of the object, which would be part of its ``vars``, its equality and its JSON. By ``id``, because an
# object may have no hash, or equal another one.
_configs: dict[int, tuple[weakref.ref[Any], dict[str, Any], str]] = {}
"By ``id`` of the object: a weak reference to it, its config, and the key path of that config."


def remember_config(built: Any, config: dict[str, Any], path: str = "") -> None:
    """Keep the config of an object that has ``to_params``.

    Args:
        built: the object.
        config: its config.
        path: key path of the config.
    """
    if not hasattr(built, "to_params"):
        return
    identity = id(built)

    def forget(reference: weakref.ref[Any]) -> None:
        # Python reuses the ids of removed objects, so another object may have this one by now.
        if identity in _configs and _configs[identity][0] is reference:
            del _configs[identity]

    try:
        _configs[identity] = (weakref.ref(built, forget), config, path)
    except TypeError:  # slots without __weakref__: to_params then reads the attributes
        return


def config_of(built: Any) -> dict[str, Any] | None:
    """Return the config of an object, or None if it was built by hand, copied or unpickled."""
    reference, config, _ = _configs.get(id(built), (None, None, ""))
    return config if reference is not None and reference() is built else None


def path_of(built: Any) -> str:
    """Return the key path of the config that an object was built from, or an empty string if it is unknown."""
    reference, _, path = _configs.get(id(built), (None, None, ""))
    return path if reference is not None and reference() is built else ""
