"""Results of a benchmark, with a description of the machine."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, field
from importlib import metadata
from operator import ge, le
from typing import Any, Final

from spanreg.system import load_average

_COMPARE: Final = {">=": ge, "<=": le}


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One figure of a benchmark.

    ``BenchResult("speed", 1.7, "times", ">= 1.5").met`` is true.
    """

    name: str
    value: float | None
    "None if it could not be measured; ``note`` has the reason."
    unit: str
    goal: str | None = None
    "Such as ``>= 1.5``; None for a figure without a goal."
    note: str = ""
    floor: float | None = None
    "Lower bound of the figure by the number of operations."

    @property
    def met(self) -> bool | None:
        """True if the goal is reached; None without a goal or a figure."""
        if self.goal is None or self.value is None:
            return None
        relation, _, bound = self.goal.partition(" ")
        return bool(_COMPARE[relation](self.value, float(bound)))

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON."""
        return {**asdict(self), "met": self.met}


@dataclass(slots=True)
class BenchReport:
    """The results of one benchmark.

    ``BenchReport("study").add("overhead", 0.2, "s")``
    """

    bench: str
    results: list[BenchResult] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    "Conditions of the measurement: texts, dictionary, repeats."

    def add(
        self,
        name: str,
        value: float | None,
        unit: str,
        goal: str | None = None,
        note: str = "",
        floor: float | None = None,
    ) -> None:
        """Add one figure."""
        # Four digits: more would only differ by noise between two runs.
        value, floor = (None if one is None else round(one, 4) for one in (value, floor))
        self.results.append(BenchResult(name, value, unit, goal, note, floor))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        results = [result.to_json() for result in self.results]
        return {"bench": self.bench, "results": results, "machine": machine(), "about": self.about}


def machine() -> dict[str, Any]:
    """Return facts of the machine that the figures depend on."""
    packages = ("numpy", "pyarrow", "tokenizers", "transformers", "scikit-learn", *RIVAL_PACKAGES)
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(load_average(), 2),  # a busy machine explains figures that vary
        "python": platform.python_version(),
        "packages": {name: version for name in packages if (version := _version(name)) is not None},
    }


RIVAL_PACKAGES: Final = ("gensim", "nltk", "pyahocorasick", "flashtext")
"Distributions of the extra ``bench``."


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
