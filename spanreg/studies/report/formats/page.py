"""Write a report as one HTML page without external resources."""

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
"Scripts that the scripts of the sections use, in the order in which they must run."

MOST_POINTS: Final = 200
"Largest number of points of one curve."

LARGEST: Final = 1_900_000
"""Size of the facts in a page, in bytes, above which it has fewer points and examples: a page is sent by mail, and with
its scripts it stays below 2 MB."""

_DETAILS: Final = ((MOST_POINTS, 1000), (60, 8), (24, 4), (12, 2))
"Points of a curve and examples of an arm, from the most detailed page to the smallest."
_DIGITS: Final = 8
"Significant digits of numbers in a page that is not the most detailed."


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
    found = (file for file in panels.iterdir() if file.name.endswith(".js") and file.is_file())
    scripts += sorted(found, key=lambda file: file.name)
    parts = {
        "STYLE": _read(folder.joinpath("page.css")),
        "SECTIONS": "\n".join(_element(place, section, panels) for place, section in enumerate(sections)),
        "SCRIPT": "\n".join(map(_read, [*scripts, folder.joinpath("page.js")])),
        # The facts are inserted last: their texts may contain the words that mark the other parts.
        "FACTS": _fitting(facts, sections),
    }
    text = _read(folder.joinpath("page.html"))
    # Only the first occurrence is the mark; later ones may be texts of what was inserted.
    for word, part in parts.items():
        text = text.replace(word, part, 1)
    return text


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _element(place: int, section: Section, panels: Traversable) -> str:
    """Return the element of a section. A script fills it, so that texts of the user's never become HTML."""
    if not section.template:
        return f'<section data-panel="{place}"></section>'
    return _read(panels.joinpath(f"{section.template}.html")).rstrip("\n")


def _fitting(facts: dict[str, Any], sections: Sequence[Section]) -> str:
    """Return the facts of the page, with as much detail as its size allows."""
    text = ""
    for points, examples in _DETAILS:
        shown = _shown(facts, sections, points, examples)
        text = _embedded(shown if points == MOST_POINTS else _rounded(shown))
        if len(text.encode()) <= LARGEST:
            break
    return text


def _shown(facts: dict[str, Any], sections: Sequence[Section], points: int, examples: int) -> dict[str, Any]:
    """Return the facts of the page, with at most this many points of a curve and examples of an arm."""
    # Thousands of points per curve would make the page slow, and differ by less than a pixel.
    arms = [{**arm, "curves": [_thinned(curve, points) for curve in arm["curves"]]} for arm in facts["arms"]]
    more: dict[str, Any] = {"notes": notes(facts), "left": left(facts)}
    if "selection" in facts:
        more["selection_notes"] = selection_notes(facts)
    if isinstance(found := facts.get("examples"), dict):
        more["examples"] = {name: {**own, "shown": _some(own["shown"], examples)} for name, own in found.items()}
    # Templates draw from the facts, so the blocks of their sections would only make the page larger.
    panels = [{"name": one.name} if one.template else _without_keys(one.to_json()) for one in sections]
    return {**facts, "arms": arms, **more, "panels": panels}


def _without_keys(value: Any) -> Any:
    """Return a section without keys and unrounded numbers, which only programs need."""
    if isinstance(value, dict):
        return {"text": value["text"]} if "key" in value else {key: _without_keys(item) for key, item in value.items()}
    return [_without_keys(item) for item in value] if isinstance(value, list | tuple) else value


def _some(shown: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return the first examples that the arm fixes, and as many that it breaks; ``most`` is an even number."""
    fixed, broken = ([one for one in shown if (one["gain"] > 0) == is_fixed] for is_fixed in (True, False))
    return [*fixed[: most // 2], *broken[: most // 2]]


def _thinned(curve: dict[str, Any], most: int) -> dict[str, Any]:
    """Return a curve with at most this many points, or one more; the last point is kept."""
    thinned = dict(curve)
    for name in ("loss", "evaluations"):
        points: Sequence[dict[str, Any]] = curve[name]
        step = -(-len(points) // most) or 1
        # The last point is the result of the training, which the table shows as well.
        thinned[name] = [*points[:-1:step], *points[-1:]]
    return thinned


def _rounded(value: Any) -> Any:
    """Return the value with numbers of fewer digits."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) and math.isfinite(value) else value


def _embedded(facts: dict[str, Any]) -> str:
    """Return the facts as JSON that is safe inside an element of the page."""
    # "</script>" in a text would end the element, and what follows it would be read as HTML.
    spelt = json.dumps(finite(facts), ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
    # Texts may contain lone surrogates, which UTF-8 cannot encode.
    return spelt.encode("utf-8", "replace").decode()


def finite(value: Any) -> Any:
    """Return the value with null for numbers that are not finite, which JSON lacks."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
