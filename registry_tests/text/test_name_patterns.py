"""Searches for regular expressions of configs: as ``re`` finds them, and never without end."""

from __future__ import annotations

import re

import pytest

from spanreg.registry import ConfigurationError
from spanreg.text import name_patterns
from spanreg.text.name_patterns import matching_names

NAMES = [f"encoder.layer.{number}.{part}.weight" for number in range(12) for part in ("query", "é")]


@pytest.mark.parametrize(
    "pattern", ["layer", r"layer\.[01]\.", "^(?!.*(query|key)).*$", r"(\w+\.)*weight", "é", "x*y*z*q+"]
)
@pytest.mark.parametrize("whole", [False, True])
def test_names_are_found_as_by_re(pattern: str, whole: bool) -> None:
    search = re.fullmatch if whole else re.search
    assert matching_names(pattern, NAMES, "freeze", whole=whole) == [name for name in NAMES if search(pattern, name)]


@pytest.mark.parametrize("pattern", [r"([\w.]|[\w.])*!", "(.*)*(.*)*!", ".*.*.*.*.*.*.*.*.*.*.*.*!", r"(?:\w?){60}!"])
def test_a_search_without_end_is_stopped(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_patterns, "SECONDS", 1)
    with pytest.raises(ConfigurationError) as caught:
        matching_names(pattern, ["encoder.layer.0.attention.output.dense.weight" * 2], "freeze")
    assert str(caught.value) == (
        f"freeze: '{pattern}' takes more than 1 s to search 1 names. write it without repetitions inside of repetitions"
    )


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 5000 + ")" * 5000])
def test_what_is_no_expression_is_rejected(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match=r"freeze: '.*' is not a regular expression \(.*\)\. escape"):
        matching_names(pattern, NAMES, "freeze")


def test_a_search_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_patterns, "_SCRIPT", "raise MemoryError")
    with pytest.raises(ConfigurationError, match=r"^freeze: the search for '\(a\)' failed \(MemoryError\)\. write it"):
        matching_names("(a)", NAMES, "freeze")
