"""Find the place in a study that decides a key of an arm's config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from spanreg.registry.handlers.resolution import KeyPath
from spanreg.studies.define.patches import PATCH, ConfigChange

if TYPE_CHECKING:
    from spanreg.studies.define.arms import Arm

MODE: Final[KeyPath] = ("mode",)
"Place of a value that the mode of the study chooses."


def place_in_study(arm: Arm, study: Mapping[str, Any], path: KeyPath) -> KeyPath:
    """Return the key path in a study of the value that an arm's config has at a path.

    ``place_in_study(plan.arm("plain"), study, ("aggregator", "type"))`` is ``("arms", "plain", "aggregator")``.

    Args:
        arm: the arm.
        study: the values of the study file.
        path: key path in the config of the arm.
    """
    if path == ("seed",):
        # Seeds are of the study, unless the arm has its own.
        own = (study.get("arms") or {}).get(_name_of(arm))
        return ("arms", _name_of(arm), "seeds") if own is not None and PATCH in own and "seeds" in own else ("seeds",)
    # The last piece that contains the key wins, as it does when pieces are applied.
    for piece in reversed(arm.pieces):
        place = _place_in_piece(arm, piece, study, path)
        if place is not None:
            return place
    return ("base", *path)


def _name_of(arm: Arm) -> str:
    """Return the name of an arm in the study file; an arm on one of several tasks has its task in its own name."""
    return arm.setting or arm.name


def _place_in_piece(arm: Arm, piece: ConfigChange, study: Mapping[str, Any], path: KeyPath) -> KeyPath | None:
    """Return the place of a key in one change of the base; None if the change does not contain it."""
    if not piece.at:
        own: KeyPath = ("arms", _name_of(arm))
        # An arm is the patch itself, or an object that has it next to options such as ``seeds``.
        top = (*own, PATCH) if piece.origin == f"{'.'.join(map(str, own))}.{PATCH}" else own
        # A patch may have dotted keys, of which several may lead to one path: the first counts.
        places = (_place_below((*top, key), value, path, tuple(key.split("."))) for key, value in piece.value.items())
        return next((place for place in places if place is not None), None)
    at = tuple(piece.at.split("."))
    if piece.origin.startswith("tasks."):
        return _place_below(("tasks", piece.origin.removeprefix("tasks.")), piece.value, path, at)
    # An axis has the key path of the config as its own name, followed by the name or index of the alternative.
    alternative = piece.origin.removeprefix(f"axes.{piece.at}").removeprefix(".")
    # The study decides which of the two it is, because a name may consist of digits.
    is_index = bool(alternative) and isinstance(study["axes"][piece.at], list)
    found = _place_below(("axes", piece.at, int(alternative) if is_index else alternative), piece.value, path, at)
    # A mode that leaves pieces out needs no alternatives: it takes the neutral elements itself.
    return MODE if found is not None and not alternative else found


def _place_below(top: KeyPath, value: Any, path: KeyPath, parents: KeyPath) -> KeyPath | None:
    """Return the place of a key if a value at ``parents`` contains it, otherwise None."""
    if path[: len(parents)] != parents:
        return None
    place = top
    for key in path[len(parents) :]:
        if isinstance(value, str) and key == "type":
            break  # a component's name alone is its ``type``
        is_there = key in value if isinstance(value, Mapping) else isinstance(value, list) and int(key) < len(value)
        if not is_there:
            return None
        value, place = value[key], (*place, key)
    return place
