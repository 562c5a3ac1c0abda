"""Tables that describe an object: HTML for notebooks, a renderable of rich for terminals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from spanreg.text.markup import visible
from spanreg.text.surrogates import encodable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

MOST_ROWS: Final = 20
"Number of rows that are shown; the number of the others is a note."
_COLOURS: Final = ("#cfe2ff", "#ffe5b4", "#d1f0d1")
"Backgrounds of spans, with dark text on all of them, so that they are legible on light and dark pages."
# Black on bright colours, which is legible whatever background the terminal has.
_TERMINAL: Final = ("black on bright_cyan", "black on bright_yellow", "black on bright_green")
# The classes keep MathJax, which notebooks load, from typesetting a text that contains dollar signs.
_OPENING: Final = '<div class="spanreg tex2jax_ignore mathjax_ignore" style="max-width:60em">'
_CELL: Final = "text-align:left;vertical-align:top;padding:1px 12px 1px 0;white-space:pre-wrap;unicode-bidi:isolate"


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Text with its spans in colours.

    ``MarkedText("spill the beans", [(0, 15)]).html()``
    """

    text: str
    spans: Sequence[Sequence[int]]
    "Start and end of each span, in characters; spans that overlap an earlier one are left out."

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Yield the pieces of the text in order, each with True if it is a span."""
        at = 0
        for start, end in sorted((span[0], span[1]) for span in self.spans):
            if at <= start < end:
                yield self.text[at:start], False
                yield self.text[start:end], True
                at = end
        yield self.text[at:], False

    def html(self) -> str:
        """Return HTML, with everything in the text escaped."""
        colours = cycle(_COLOURS)
        style = "background:{};color:#111;border-radius:3px;padding:0 2px"
        # Neighbouring spans have different colours; without them, "New York | City" would look like one span.
        return "".join(
            f'<mark style="{style.format(next(colours))}">{html_text(piece)}</mark>' if is_span else html_text(piece)
            for piece, is_span in self.pieces()
        )

    def rich(self) -> Text:
        """Return the text for a terminal, with control characters made visible."""
        from rich.text import Text

        colours, shown = cycle(_TERMINAL), Text()
        for piece, is_span in self.pieces():
            shown.append(visible(piece), style=next(colours) if is_span else "")
        return shown

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class TableView:
    """A table with a title and notes.

    ``TableView("config", ("key", "value"), [("seed", 13)]).html()``
    """

    title: str
    columns: Sequence[str]
    "Headings."
    rows: Sequence[Sequence[object]]
    "Cells of each row; a cell may be a ``MarkedText``."
    notes: Sequence[str] = ()
    "Lines below the table."

    def html(self) -> str:
        """Return the table as HTML, with everything in it escaped."""
        head = _html_row("th", map(html_text, self.columns))
        rows = "".join(_html_row("td", map(_html_cell, row)) for row in self.rows[:MOST_ROWS])
        title = f"<p><strong>{html_text(self.title)}</strong></p>"
        notes = "".join(f"<p>{html_text(note)}</p>" for note in self._notes())
        return f"{_OPENING}{title}<table><thead>{head}</thead><tbody>{rows}</tbody></table>{notes}</div>"

    def rich(self) -> RenderableType:
        """Return the table for a terminal."""
        from rich.console import Group
        from rich.table import Table

        table = Table(title=rich_text(self.title), title_justify="left", highlight=False)
        for column in self.columns:
            table.add_column(rich_text(column), overflow="fold")
        for row in self.rows[:MOST_ROWS]:
            table.add_row(*(cell.rich() if isinstance(cell, MarkedText) else rich_text(_spell(cell)) for cell in row))
        return Group(table, *map(rich_text, self._notes()))

    def _notes(self) -> list[str]:
        more = len(self.rows) - MOST_ROWS
        return [*([f"{more:,} more rows"] if more > 0 else []), *self.notes]


class Viewable:
    """Mixin of objects that describe themselves by a ``TableView``, in notebooks and on terminals.

    ``class MyResult(Viewable)`` implements ``_view``; Jupyter and rich call the other methods.
    """

    __slots__ = ()  # so that slotted dataclasses can inherit it

    @abstractmethod
    def _view(self) -> TableView:
        """Return the table that describes the object."""

    def _repr_html_(self) -> str:
        return self._view().html()

    def __rich__(self) -> RenderableType:
        return self._view().rich()


def html_text(text: str) -> str:
    """Return a text as HTML: markup escaped; control characters and lone surrogates made visible."""
    return escape(visible(encodable(text)))


def rich_text(text: str, style: str = "") -> Text:
    """Return a text for a terminal: brackets, which rich reads as markup, literally; control characters visible."""
    from rich.text import Text

    return Text(visible(text), style)


def spell_mapping(values: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return a row for each leaf of a nested mapping: its dotted key, such as ``training.epochs``, and its value."""
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += [(f"{key}.{inner}", leaf) for inner, leaf in spell_mapping(value)]
        else:
            rows.append((key, value))
    return rows


def _html_row(tag: str, cells: Iterable[str]) -> str:
    opening = f'<{tag} style="{_CELL}">'
    return f"<tr>{''.join(f'{opening}{cell}</{tag}>' for cell in cells)}</tr>"


def _html_cell(cell: object) -> str:
    return cell.html() if isinstance(cell, MarkedText) else html_text(_spell(cell))


def _spell(cell: object) -> str:
    """Return a cell as text: numbers to four decimal places, None as an empty cell."""
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else visible(str(cell))
