"""Write a study's report as one HTML page without external resources."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any, Final

from spanreg.studies.report.selection import selection_notes
from spanreg.studies.report.tables import left, notes

_PARTS: Final = {
    "STYLE": ("page.css",),
    "SCRIPT": ("base.js", "arms.js", "grid.js", "charts.js", "spans.js", "page.js"),
}
"Files that replace a word of ``page.html``; scripts in the order of their use."
_DATA: Final = "FACTS"

MOST_POINTS: Final = 200
"Largest number of points of one loss curve."


def page(facts: dict[str, Any]) -> str:
    """Return the page. It loads nothing, and texts in the facts are never read as HTML or script.

    Args:
        facts: facts of the report, with ``examples``.
    """
    folder = resources.files(__package__).joinpath("template")
    text = folder.joinpath("page.html").read_text(encoding="utf-8")
    # The facts are inserted last: their texts may contain the words that mark the other parts.
    for name, files in _PARTS.items():
        text = text.replace(name, "\n".join(folder.joinpath(file).read_text(encoding="utf-8") for file in files), 1)
    # Thousands of points per curve would make the page slow, and differ by less than a pixel.
    arms = [{**arm, "curves": [_thinned(curve) for curve in arm["curves"]]} for arm in facts["arms"]]
    said: dict[str, Any] = {"notes": notes(facts), "left": left(facts)}
    if "selection" in facts:
        said["selection_notes"] = selection_notes(facts)
    return text.replace(_DATA, _embedded({**facts, "arms": arms, **said}), 1)


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
