"""Expected error messages, whose variable parts are left open."""

from __future__ import annotations

import re


def assert_message(error: BaseException, expected: str) -> None:
    """Assert that an error has the expected text, in which ``*`` matches any characters within a line."""
    pattern = ".*".join(map(re.escape, expected.split("*")))
    assert re.fullmatch(pattern, str(error)), f"expected:\n{expected}\ngot:\n{error}"
