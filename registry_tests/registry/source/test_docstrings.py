"""Docstrings are parsed into summary, parameters, source and example."""

from __future__ import annotations

from spanreg.registry.source.docstrings import ParsedDocstring, parse_docstring


class Whole:
    """Adds up, e.g. apples
    and pears. It does more.

    A formula.

    Source: Somebody, Somewhere
        2020.

    Parameters:
        first: what comes first;
            on two lines.
        second: the rest.

    Raises:
        ValueError: never.
    """


class Short:
    """Adds up"""


class Silent:
    pass


def test_all_parts() -> None:
    assert parse_docstring(Whole) == ParsedDocstring(
        summary="Adds up, e.g. apples and pears.",
        text="Adds up, e.g. apples\nand pears. It does more.\n\nA formula.",
        parameters={"first": "what comes first; on two lines.", "second": "the rest."},
        raises="ValueError: never.",
        source="Somebody, Somewhere 2020.",
    )


def test_what_is_not_said_is_empty() -> None:
    assert parse_docstring(Short) == ParsedDocstring(summary="Adds up", text="Adds up")
    assert parse_docstring(Silent) == ParsedDocstring()
