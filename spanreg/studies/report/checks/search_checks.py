"""Check how the settings of a study were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from spanreg.studies.analyse.tuning import edge_of
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.checks.arm_checks import MANY_SETTINGS
from spanreg.studies.report.checks.finding import CheckFinding


def best_of_many(facts: dict[str, Any], folder: StudyReader) -> Iterator[CheckFinding]:
    """Yield a finding if settings were chosen on the examples that score them."""
    if facts["part"] == "report":  # settings are chosen on reserved examples, which the table does not show
        return
    hint = "reserve examples for choosing: reserve: 0.5"
    if (found := folder.search_result()) is not None:
        trials = len(found["trials"])
        problem = f"the best of {trials} trials was chosen on the examples of the table"
        yield CheckFinding("SR002", (), problem, hint)
    for tuning in folder.tunings():
        problem = f"the best of {len(tuning['trials'])} trials was chosen on the examples of the table"
        yield CheckFinding("SR002", (tuning["tuned"],), problem, hint)
    counts = Counter(arm["task"] for arm in facts["arms"] if arm["choice"] and arm["scores"])
    for task, count in counts.items():
        if count >= MANY_SETTINGS:
            problem = f"{count} combinations on {task}: choosing the best one overestimates its score"
            yield CheckFinding("SR002", (), problem, f"{hint}, and report what 'spanreg study best' chooses")


def edges(folder: StudyReader) -> Iterator[CheckFinding]:
    """Yield settings that a search found at the edge of a range."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    if (search := folder.search_result()) is not None:
        found.append((str(search.get("name", "")), search))
    found += [(tuning["tuned"], tuning) for tuning in folder.tunings()]
    for name, one in found:
        space = one.get("space") or {}
        for key, value in one["best"]["setting"].items():
            if (end := edge_of(space.get(key), value)) is not None:
                problem = f"{key}: {value:g} is at the {end} edge of its range"
                yield CheckFinding("SR005", (name,) if name else (), problem, "search a wider range")
