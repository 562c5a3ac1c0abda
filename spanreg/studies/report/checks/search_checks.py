"""Checks of how settings were found."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.checks.arm_checks import MANY_SETTINGS
from spanreg.studies.report.checks.finding import Finding

_EDGE: Final = 0.02
"Share of a range, at either end, that counts as its edge."


def best_of_many(facts: dict[str, Any], folder: StudyReader) -> Iterator[Finding]:
    """Yield a finding if settings were chosen on the examples that score them."""
    if facts["part"] == "report":  # the examples that choose are reserved
        return
    hint = "reserve examples for choosing: reserve: 0.5"
    if (found := folder.search_result()) is not None:
        trials = len(found["trials"])
        problem = f"the best of {trials} trials was chosen on the examples of the table"
        yield Finding("SR002", (), problem, hint)
    for tuning in folder.tunings():
        problem = f"the best of {len(tuning['trials'])} trials was chosen on the examples of the table"
        yield Finding("SR002", (tuning["tuned"],), problem, hint)
    counts = Counter(arm["task"] for arm in facts["arms"] if arm["choice"] and arm["scores"])
    for task, count in counts.items():
        if count >= MANY_SETTINGS:
            problem = f"{count} combinations on {task}: the score of the best one is too high"
            yield Finding("SR002", (), problem, f"{hint}, and report what 'spanreg study best' chooses")


def edges(folder: StudyReader) -> Iterator[Finding]:
    """Yield settings that a search found at the edge of a range."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    if (search := folder.search_result()) is not None:
        found.append((str(search.get("name", "")), search))
    found += [(tuning["tuned"], tuning) for tuning in folder.tunings()]
    for name, one in found:
        space = one.get("space") or {}
        for key, value in one["best"]["setting"].items():
            if (end := _edge(space.get(key), value)) is not None:
                problem = f"{key}: {value:g} is at the {end} edge of its range"
                yield Finding("SR005", (name,) if name else (), problem, "search a wider range")


def _edge(given: Any, value: Any) -> str | None:
    """Return the end of a range that a value is at: ``lower`` or ``upper``."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(given, Mapping) or not is_number or not {"low", "high"} <= given.keys():
        return None
    low, high = float(given["low"]), float(given["high"])
    if given.get("log"):
        low, high, value = math.log(low), math.log(high), math.log(value)
    place = (float(value) - low) / (high - low)
    return "lower" if place <= _EDGE else "upper" if place >= 1 - _EDGE else None
