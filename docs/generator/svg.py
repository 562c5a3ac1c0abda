"""Elements of the pictures, as SVG in the colours of the page: classes are styled in ``docs/stylesheets/site.css``."""

from __future__ import annotations

from html import escape

CHARACTER = 7.6
"Mean width of a character at 13 pixels, rounded up."


def text(x: float, y: float, content: str, *, anchor: str = "start") -> str:
    """Return a line of text; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(content)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str = "") -> str:
    """Return a rectangle with round corners; ``kind`` is a further class."""
    return f'<rect class="box {kind}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="4"/>'


def disc(x: float, y: float, radius: float) -> str:
    """Return a filled circle."""
    return f'<circle class="weight" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}"/>'


def picture(width: float, height: float, title: str, elements: list[str]) -> str:
    """Return a whole picture on one line, so that Markdown reads it as a block of HTML."""
    return (
        f'<div class="figure"><svg class="figure" role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' aria-label="{escape(title, quote=True)}">{"".join(elements)}</svg></div>'
    )
