"""Fixtures for the tests of the Python interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spanreg.api.runs import Run


@pytest.fixture(scope="session")
def run(finished: Any) -> Run:
    """Return the finished run; read it, do not change it."""
    return Run(finished)


@pytest.fixture(scope="session")
def hostile_texts() -> list[str]:
    """Return texts that would run code, break a page or control a terminal if they were shown unescaped."""
    return [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</td></table><h1>broken",
        "'onmouseover='alert(1)",
        "&lt;b&gt; &amp;amp;",
        "\x1b[31mred\x07 \x9b1m",
        "half a pair \ud83d and $x^2$",
        "\u202egnp.exe",
    ]


@pytest.fixture(scope="session")
def has_expected_elements() -> Callable[[str], bool]:
    """Return a function that checks that HTML has only the elements and attributes of a table with notes."""
    from html.parser import HTMLParser

    expected = {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "mark"}

    class TagCollector(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[tuple[str, set[str]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append((tag, {name for name, _ in attrs}))

    def check(html: str) -> bool:
        parser = TagCollector()
        parser.feed(html)
        return all(tag in expected and names <= {"class", "style"} for tag, names in parser.found)

    return check
