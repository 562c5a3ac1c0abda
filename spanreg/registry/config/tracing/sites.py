"""Find the expressions of a Jsonnet text that a value can come from, and make each of them changeable.

A *site* is a literal, the value of a field, an external variable, or an imported text. The text is split into tokens;
brackets and the few constructs that contain commas or colons are followed, everything else is left to Jsonnet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import Final

PROBE: Final = "spanreg_probe"
"Parameter of an instrumented file: the number of the sites to change."

SIGN: Final = "\ue000"
"A private character, which no config should contain; it encloses the number of a site."
FIRST_DIGITS: Final = 1000
"Added to the number of a site where it must be written as digits, so that it has at least four."
FACTOR: Final = 1 << 20
OFFSET: Final = 1 << 23
"""Divisors of the two changes of a number: a factor alone would not change 0, and an offset alone would be lost in a
large number. Powers of two, so that Jsonnet and Python divide without rounding errors."""

# ``tracer.is_marked`` recognizes these changes in the values.
MARKING: Final = Template("""
local spanreg_mark(is_probed, number, value) =
  if !is_probed then value
  else
    local sign = '$sign' + number + '$sign';
    if std.isNumber(value) then value * (1 + (number + 1) / $factor) + (number + 1) / $offset
    else if std.isBoolean(value) then !value
    else if std.isString(value) then
      local around = if value >= '0' && value < ':' then std.toString(number + $first) else sign;
      around + value + around
    else if std.isObject(value) then value { [sign]: true }
    else if std.isArray(value) then value + [sign]
    else if value == null then sign
    else value;
""").substitute(sign=SIGN, first=FIRST_DIGITS, factor=FACTOR, offset=OFFSET)
"Function that changes a value so that the site's number can be read from it. Not imported: that would cost a parse."

# As in ``positions``: what is not closed ends with the text, and repetitions are possessive, or a hostile text would
# take quadratic time. Numbers and operators are tokens here, because a site must not begin inside of one.
TOKEN: Final = re.compile(
    r"""(?P<skip>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|\s+)
      |(?P<string>\|\|\|.*?(?:\n[ \t]*+\|\|\||\Z)|@"(?:""|[^"])*+(?:"|\Z)|@'(?:''|[^'])*+(?:'|\Z)
                |"(?:\\.|[^"\\])*+(?:"|\\?\Z)|'(?:\\.|[^'\\])*+(?:'|\\?\Z))
      |(?P<number>(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<colon>\+?:{1,3})
      |(?P<other>==|!=|<=|>=|&&|\|\||<<|>>|.)""",
    re.VERBOSE | re.DOTALL,
)

_CONSTANTS: Final = frozenset({"true", "false", "null"})
_KEYWORDS: Final = frozenset(
    ("assert", "else", "error", "for", "function", "if", "import", "importbin", "importstr", "in", "local", "then")
)
_IMPORTS: Final = ("import", "importstr", "importbin")


@dataclass(frozen=True, slots=True)
class ValueSite:
    """An expression of a file that a value can come from.

    ``instrument("{ epochs: 3 }", "a.jsonnet", first=0, probes=1).sites[0].line``
    """

    kind: str
    "``literal``, ``field``, ``external`` or ``text``."
    file: str
    line: int
    name: str = ""
    "Name of the external variable, or path of the imported text."


@dataclass(frozen=True, slots=True)
class InstrumentedText:
    """A text whose sites can be changed one at a time.

    ``instrument("{ epochs: 3 }", "a.jsonnet", first=0, probes=1).text``
    """

    text: str
    "Jsonnet function of ``PROBE``."
    sites: tuple[ValueSite, ...]
    imports: tuple[str, ...]
    "Paths of the imported Jsonnet files, as written."


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    line: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def ends_operand(self) -> bool:
        """True if an operator or an index may follow."""
        return (
            self.kind in ("string", "number")
            or (self.kind == "name" and self.text not in _KEYWORDS)
            or (self.text in (")", "]", "}", "$"))
        )


@dataclass(slots=True)
class _Bracket:
    """An open bracket."""

    text: str
    is_index: bool = False
    state: str = "key"
    "In an object: ``key`` before and in a key, ``value`` after its colon, ``else`` in a member without a key."
    value: int | None = None
    "First token of the value."
    pending: int = 0
    "Number of ``local`` and ``assert`` whose ``;`` has not come yet; their commas do not end a value."


@dataclass(frozen=True, slots=True)
class _Span:
    """Tokens of a site, or of an import."""

    first: int
    last: int
    kind: str
    name: str = ""


@dataclass(slots=True)
class _Scanner:
    """One walk through the tokens of a text."""

    tokens: list[_Token]
    found: list[_Span] = field(default_factory=list)
    stack: list[_Bracket] = field(default_factory=list)

    def scan(self) -> list[_Span]:
        place = 0
        while place < len(self.tokens):
            place = self._step(place)
        return self.found

    def _step(self, place: int) -> int:
        """Read one token, or a construct of several, and return the place of the next one."""
        token, top = self.tokens[place], self.stack[-1] if self.stack else None
        if top is not None and top.text == "{" and self._step_in_object(place, token, top):
            return place + 1
        if token.text in ("{", "[", "(") and token.kind == "other":
            is_index = token.text == "[" and place > 0 and self.tokens[place - 1].ends_operand
            self.stack.append(_Bracket(token.text, is_index))
        elif token.text in ("}", "]", ")") and token.kind == "other" and self.stack:
            self.stack.pop()
        elif token.kind == "name" and not self._is_after(place, "."):
            return self._step_at_name(place, token)
        elif token.kind in ("string", "number"):
            self._record_literal(place)
        return place + 1

    def _step_in_object(self, place: int, token: _Token, top: _Bracket) -> bool:
        """Follow the members of an object; return whether the token is only part of its structure."""
        if token.text == "}" and token.kind == "other":
            self._end_value(top, place)
            return False
        if top.state == "key":
            # ``local`` and ``assert`` are members without a key: nothing in them is the value of a field.
            if token.kind == "name" and token.text in ("local", "assert"):
                top.state = "else"
                return True
            if token.kind == "colon":
                top.state, top.value = "value", place + 1
            return token.kind != "other"
        if token.kind == "name" and token.text in ("local", "assert") and not self._is_after(place, "."):
            top.pending += 1
        elif token.text == ";":
            top.pending -= 1
        elif token.text == "," and top.pending == 0:
            self._end_value(top, place)
            top.state = "key"
        elif token.text == "for" and token.kind == "name" and top.state == "value" and top.pending == 0:
            self._end_value(top, place)
            top.state = "else"
        return False

    def _end_value(self, top: _Bracket, place: int) -> None:
        if top.value is not None and top.value < place:
            self.found.append(_Span(top.value, place - 1, "field"))
        top.value = None

    def _step_at_name(self, place: int, token: _Token) -> int:
        following = [one.text for one in self.tokens[place : place + 4]]
        after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        if token.text in _IMPORTS and after is not None and after.kind == "string":
            kind = "import" if token.text == "import" else "text"
            self.found.append(_Span(place, place + 1, kind, _unquoted(after.text)))
            return place + 2
        if following == ["std", ".", "extVar", "("] and place + 5 < len(self.tokens):
            argument, end = self.tokens[place + 4 : place + 6]
            if argument.kind == "string" and end.text == ")":
                self.found.append(_Span(place, place + 5, "external", _unquoted(argument.text)))
                return place + 6
        if token.text in _CONSTANTS:
            self._record_literal(place)
        return place + 1

    def _record_literal(self, place: int) -> None:
        """Record a literal, unless changing it would only make the evaluation fail: an index, or a format."""
        token = self.tokens[place]
        is_index = bool(self.stack) and self.stack[-1].is_index
        following = self.tokens[place + 1].text if place + 1 < len(self.tokens) else ""
        is_format = token.kind == "string" and (following == "%" or self._is_after(place, "format", 2))
        if is_index or is_format:
            return
        # ``-1`` is one literal, and ``2 - 1`` has two.
        is_negative = token.kind == "number" and self._is_after(place, "-")
        is_negative = is_negative and (place < 2 or not self.tokens[place - 2].ends_operand)
        self.found.append(_Span(place - is_negative, place, "literal"))

    def _is_after(self, place: int, text: str, distance: int = 1) -> bool:
        return place >= distance and self.tokens[place - distance].text == text


def instrument(
    text: str, file: str, first: int, probes: int, externals: Mapping[str, str] = MappingProxyType({})
) -> InstrumentedText:
    """Return a Jsonnet function of a probe's number, whose value is that of the text with the probe's sites changed.

    Args:
        text: Jsonnet.
        file: its path, for the sites.
        first: number of the first site.
        probes: number of probes; several sites share one if there are more sites.
        externals: Jsonnet for the values of external variables, by name; ``std.extVar`` would parse them every time.
    """
    tokens = list(_tokens(text))
    spans = _Scanner(tokens).scan()
    literals = {(span.first, span.last) for span in spans if span.kind == "literal"}
    sites: list[ValueSite] = []
    opening: dict[int, list[tuple[int, str]]] = {}
    closing: dict[int, list[tuple[int, str]]] = {}
    replaced: dict[int, tuple[int, str]] = {}
    for span in spans:
        start, end = tokens[span.first].start, tokens[span.last].end
        if span.kind == "import":
            before, after = "(", f")({PROBE})"
        elif span.kind == "field" and (span.first, span.last) in literals:
            continue  # the literal itself is a site
        else:
            number = first + len(sites)
            # An empty object or list is written where it is, as a literal is.
            kind = "literal" if text[start:end] in ("{}", "[]") else span.kind
            sites.append(ValueSite(kind, file, tokens[span.first].line, span.name))
            before, after = f"spanreg_mark({PROBE} == {1 + number % probes}, {number}, ", ")"
        if span.name in externals and span.kind == "external":
            replaced[start] = end, externals[span.name]
        opening.setdefault(start, []).append((end, before))
        closing.setdefault(end, []).append((start, after))
    body = "".join(_with_insertions(text, opening, closing, replaced))
    imports = tuple(dict.fromkeys(span.name for span in spans if span.kind == "import"))
    # The line feed ends a comment in the last line.
    whole = f"function({PROBE}) ({MARKING}{body}\n)"
    return InstrumentedText(whole, tuple(sites), imports)


def _with_insertions(
    text: str,
    opening: Mapping[int, list[tuple[int, str]]],
    closing: Mapping[int, list[tuple[int, str]]],
    replaced: Mapping[int, tuple[int, str]],
) -> Iterator[str]:
    """Yield a text with replacements and insertions: of spans that begin or end together, the longer is outside.

    Args:
        text: the text.
        opening: by start of a span, its end and what precedes it.
        closing: by end of a span, its start and what follows it.
        replaced: by start of a span, its end and what replaces it; no other span begins or ends inside.
    """
    last = 0
    for place in sorted(opening.keys() | closing.keys()):
        yield text[last:place]
        yield from (inserted for _, inserted in sorted(closing.get(place, ()), reverse=True))
        yield from (inserted for _, inserted in sorted(opening.get(place, ()), reverse=True))
        last, replacement = replaced.get(place, (place, ""))
        yield replacement
    yield text[last:]


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in TOKEN.finditer(text):
        if match.lastgroup != "skip":
            yield _Token(match.lastgroup or "", match[0], match.start(), line)
        line += match[0].count("\n")


def _unquoted(text: str) -> str:
    """Return the content of a quoted path or name, which rarely has escapes."""
    return text.removeprefix("@")[1:-1].replace("\\\\", "\\")
