"""Find the place in a study that decides a key of an arm's config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from spanreg.studies.define.patches import PATCH, ConfigChange

if TYPE_CHECKING:
    from spanreg.studies.define.arms import Arm

KeyPath: TypeAlias = tuple[str | int, ...]

MODE: Final[KeyPath] = ("mode",)
"Place of a value that the mode of the study chooses."


def place_in_study(arm: Arm, named: Mapping[str, Any], path: KeyPath) -> KeyPath:
    """Return the key path in a study of the value that an arm's config has at a path.

    ``place_in_study(plan.arm("plain"), study.named, ("aggregator", "type"))`` is ``("arms", "plain", "aggregator")``.

    Args:
        arm: the arm.
        named: the study's ``arms``.
        path: key path in the config of the arm.
    """
    if path == ("seed",):
        own = named.get(_name_of(arm))
        return ("arms", _name_of(arm), "seeds") if own is not None and PATCH in own and "seeds" in own else ("seeds",)
    # The last piece that contains the key wins, as it does when pieces are applied.
    for piece in reversed(arm.pieces):
        for place in _places_in_piece(arm, piece, path):
            return place
    return ("base", *path)


def _name_of(arm: Arm) -> str:
    """Return the name of an arm in the study file; an arm on one of several tasks has its task in its own name."""
    return arm.setting or arm.name


def _places_in_piece(arm: Arm, piece: ConfigChange, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the place of a key in one change of the base, if the change contains it."""
    if not piece.at:
        own: KeyPath = ("arms", _name_of(arm))
        top = (*own, PATCH) if piece.origin == f"{'.'.join(map(str, own))}.{PATCH}" else own
        for key, value in piece.value.items():
            # A patch may have dotted keys.
            yield from _below((*top, key), value, path, tuple(key.split(".")))
        return
    if piece.origin.startswith("tasks."):
        yield from _below(("tasks", piece.origin.removeprefix("tasks.")), piece.value, path, tuple(piece.at.split(".")))
        return
    # An axis has the key path of the config as its own name, followed by the name or index of the alternative.
    alternative = piece.origin.removeprefix(f"axes.{piece.at}").removeprefix(".")
    top = ("axes", piece.at, int(alternative) if alternative.isdecimal() else alternative)
    found = _below(top, piece.value, path, tuple(piece.at.split(".")))
    # A mode that leaves pieces out needs no alternatives: it takes the neutral elements itself.
    yield from found if alternative else (MODE for _ in found)


def _below(top: KeyPath, value: Any, path: KeyPath, parents: KeyPath) -> Iterator[KeyPath]:
    """Yield the place of a key if a value at ``parents`` contains it."""
    if path[: len(parents)] != parents:
        return
    place = top
    for key in path[len(parents) :]:
        if isinstance(value, str) and key == "type":
            break  # a component's name alone is its ``type``
        if key not in value if isinstance(value, Mapping) else not isinstance(value, list) or int(key) >= len(value):
            return
        value, place = value[key], (*place, key)
    yield place
