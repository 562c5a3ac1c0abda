"""Docstrings, parsed into their summary, text, parameters, errors and source."""

from __future__ import annotations

from spanreg.registry.source.docstrings import ParsedDocstring, parse_docstring


class FullyDocumented:
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


class SummaryOnly:
    """Adds up"""


class Undocumented:
    pass


def test_all_sections_are_parsed() -> None:
    assert parse_docstring(FullyDocumented) == ParsedDocstring(
        summary="Adds up, e.g. apples and pears.",
        text="Adds up, e.g. apples\nand pears. It does more.\n\nA formula.",
        parameters={"first": "what comes first; on two lines.", "second": "the rest."},
        raises="ValueError: never.",
        source="Somebody, Somewhere 2020.",
    )


def test_missing_sections_are_empty() -> None:
    assert parse_docstring(SummaryOnly) == ParsedDocstring(summary="Adds up", text="Adds up")
    assert parse_docstring(Undocumented) == ParsedDocstring()
