"""Read the structure of a Jsonnet text that may be incomplete: keys, string values, and what is at a position.

The text is scanned, not evaluated, so that a config can be completed while it is typed. Values that come from an
import, a function or a variable are not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from spanreg.registry.config.positions import TOKEN

KeyPath = tuple[str | int, ...]
"Keys and indices from the root to a value."

_CLOSING: Final = "}])"
_OPENING: Final = "{[("
_DEEPEST: Final = 200
"Levels that are followed; configs have at most 100."


@dataclass(frozen=True, slots=True)
class KeySite:
    """Place of a key or a value in a text, in characters from its start.

    ``text[site.start : site.end]``
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CursorContext:
    """Key or value at a position of a text.

    ``TextOutline("{ agg").at(5).word`` is ``agg``.
    """

    path: KeyPath
    "The object that a key is in, or the value itself."
    at: Literal["key", "value"]
    word: str
    "The text from the beginning of the word to the position, without a quotation mark."
    start: int
    "Where the word begins, after a quotation mark."
    quote: str = ""
    "The quotation mark before the word."


@dataclass(slots=True)
class _Frame:
    """An open bracket."""

    kind: str
    path: KeyPath
    key: str | None = None
    index: int = 0
    is_value: bool = False
    "After the colon of an object's key."

    @property
    def inner(self) -> KeyPath:
        """Path of the value that is written here."""
        if self.kind == "[":
            return (*self.path, self.index)
        return (*self.path, self.key) if self.kind == "{" and self.key is not None else self.path


@dataclass(slots=True)
class TextOutline:
    """Keys and values of a Jsonnet text.

    ``TextOutline("{ aggregator: { type: 'max_pool' } }").values["aggregator", "type"]``
    """

    text: str
    keys: dict[KeyPath, KeySite] = field(default_factory=dict)
    values: dict[KeyPath, str] = field(default_factory=dict)
    "Values that are strings."
    sites: dict[KeyPath, KeySite] = field(default_factory=dict)
    "Where the strings are, without their quotation marks."

    def __post_init__(self) -> None:
        for _ in self._scan():
            pass

    @property
    def is_study(self) -> bool:
        """True if the text is a study rather than a config: it has a base and no data."""
        return ("base",) in self.keys and ("data",) not in self.keys

    @property
    def is_blank(self) -> bool:
        """True if the text has comments and white space only."""
        return all(match["skip"] for match in TOKEN.finditer(self.text))

    def at(self, position: int) -> CursorContext:
        """Return what is at a position, counted in characters."""
        frame, token, start = _Frame("", ()), "", position
        for frame, token, start in self._scan():  # noqa: B007 (used after the loop)
            if start + len(token) >= position:
                break
        # ``start`` is the beginning of the token that contains the position, or ends at it.
        is_inside = start < position and (token[:1] in "\"'" or token[:1].isidentifier())
        quote = token[0] if is_inside and token[0] in "\"'" else ""
        begin = start + len(quote) if is_inside else position
        if not quote and begin and self.text[begin - 1] in "\"'":
            quote = self.text[begin - 1]  # not closed yet
        at: Literal["key", "value"] = "key" if frame.kind == "{" and not frame.is_value else "value"
        return CursorContext(frame.path if at == "key" else frame.inner, at, self.text[begin:position], begin, quote)

    def _scan(self) -> Iterator[tuple[_Frame, str, int]]:
        """Yield each token with the innermost open bracket before it, then the end; note keys and string values."""
        frames = [_Frame("", ())]
        name, site = "", KeySite(0, 0)
        for match in TOKEN.finditer(self.text):
            token, top = match[0], frames[-1]
            # Before the token changes the open brackets: ``at`` stops here if the token contains its position.
            yield top, token, match.start()
            if match["skip"]:
                continue
            if token in _OPENING:
                if len(frames) > _DEEPEST:
                    break  # each level has its whole path, so that memory would grow quadratically
                frames.append(_Frame(token, top.inner))
            elif token in _CLOSING and len(frames) > 1:
                frames.pop()
            elif token == ",":  # nosec B105 (not a password)
                top.index, top.key, top.is_value = top.index + 1, None, False
            elif match["colon"] and top.kind == "{" and not top.is_value and name:
                top.key, top.is_value = name, True
                self.keys[top.inner] = site
            is_word = bool(match["name"] or match["string"])
            quoted = bool(match["string"])
            name = token.strip("\"'") if is_word else ""
            site = KeySite(match.start() + quoted, match.end() - quoted)
            if quoted and (top.is_value or top.kind == "["):
                self.values[top.inner] = name
                self.sites[top.inner] = site
        yield frames[-1], "", len(self.text)
