"""A report as one HTML page without external resources."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from spanreg.studies.report.blocks import Section
from spanreg.studies.report.selection import selection_notes
from spanreg.studies.report.tables import left, notes

_SCRIPTS: Final = ("base.js", "controls.js", "charts.js", "blocks.js")
"Scripts that those of the sections use, in order."

MOST_POINTS: Final = 200
"Largest number of points of one loss curve."


def page(facts: dict[str, Any], sections: Sequence[Section]) -> str:
    """Return the page. It loads nothing, and texts in the facts are never read as HTML or script.

    Args:
        facts: facts of the report.
        sections: what the page shows, in order.
    """
    folder = resources.files(__package__).joinpath("template")
    panels = folder.joinpath("panels")
    scripts = [folder.joinpath(name) for name in _SCRIPTS]
    # All sections' scripts are in the page, since some use functions of others; only those of its sections run.
    scripts += sorted((file for file in panels.iterdir() if file.name.endswith(".js")), key=lambda file: file.name)
    parts = {
        "STYLE": _read(folder.joinpath("page.css")),
        "SECTIONS": "\n".join(_element(place, section, panels) for place, section in enumerate(sections)),
        "SCRIPT": "\n".join(map(_read, [*scripts, folder.joinpath("page.js")])),
        # The facts are inserted last: their texts may contain the words that mark the other parts.
        "FACTS": _embedded(_shown(facts, sections)),
    }
    text = _read(folder.joinpath("page.html"))
    for word, part in parts.items():
        text = text.replace(word, part, 1)
    return text


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _element(place: int, section: Section, panels: Traversable) -> str:
    """Return the element of a section; a script fills it, so that it holds no text of the user's."""
    if not section.template:
        return f'<section data-panel="{place}"></section>'
    return _read(panels.joinpath(f"{section.template}.html")).rstrip("\n")


def _shown(facts: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    # Thousands of points per curve would make the page slow, and differ by less than a pixel.
    arms = [{**arm, "curves": [_thinned(curve) for curve in arm["curves"]]} for arm in facts["arms"]]
    said: dict[str, Any] = {"notes": notes(facts), "left": left(facts)}
    if "selection" in facts:
        said["selection_notes"] = selection_notes(facts)
    # Templates draw from the facts, so the blocks of their sections would only make the page larger.
    panels = [{"name": one.name} if one.template else one.to_json() for one in sections]
    return {**facts, "arms": arms, **said, "panels": panels}


def _thinned(curve: dict[str, Any]) -> dict[str, Any]:
    """Return a curve with at most ``MOST_POINTS`` points, or one more; the last point is kept."""
    loss = curve["loss"]
    step = -(-len(loss) // MOST_POINTS) or 1
    return {**curve, "loss": [*loss[:-1:step], *loss[-1:]]}


def _embedded(facts: dict[str, Any]) -> str:
    """Return JSON for an element of the page, with "<" escaped, since "</script>" in a text would end the element."""
    spelt = json.dumps(_finite(facts), ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
    # Texts may contain lone surrogates, which UTF-8 cannot encode.
    return spelt.encode("utf-8", "replace").decode()


def _finite(value: Any) -> Any:
    """Return the value with null for numbers that are not finite, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
