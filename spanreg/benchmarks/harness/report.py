"""What a benchmark found, and on which machine."""

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
    """One figure."""

    name: str
    value: float | None
    "None where it could not be measured; ``note`` says why."
    unit: str
    goal: str | None = None
    "Such as ``>= 1.5``; None for a figure that is only told."
    note: str = ""
    floor: float | None = None
    "What the figure could at best be, by arithmetic alone."

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal or a figure."""
        if self.goal is None or self.value is None:
            return None
        relation, _, bound = self.goal.partition(" ")
        return bool(_COMPARE[relation](self.value, float(bound)))

    def to_json(self) -> dict[str, Any]:
        """The form that programs read."""
        return {**asdict(self), "met": self.met}


@dataclass(slots=True)
class BenchReport:
    """The results of one benchmark."""

    bench: str
    results: list[BenchResult] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    "What was measured on: texts, dictionary, repeats."

    def add(
        self,
        name: str,
        value: float | None,
        unit: str,
        goal: str | None = None,
        note: str = "",
        floor: float | None = None,
    ) -> None:
        """Adds one figure."""
        value, floor = (None if one is None else round(one, 4) for one in (value, floor))
        self.results.append(BenchResult(name, value, unit, goal, note, floor))

    def to_json(self) -> dict[str, Any]:
        """The form that programs read."""
        results = [result.to_json() for result in self.results]
        return {"bench": self.bench, "results": results, "machine": machine(), "about": self.about}


def machine() -> dict[str, Any]:
    """What the figures depend on beside the code."""
    packages = ("numpy", "pyarrow", "tokenizers", "transformers", "scikit-learn", *RIVAL_PACKAGES)
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(load_average(), 2),
        "python": platform.python_version(),
        "packages": {name: version for name in packages if (version := _version(name)) is not None},
    }


RIVAL_PACKAGES: Final = ("gensim", "nltk", "pyahocorasick", "flashtext")
"Distributions that the extra ``bench`` brings."


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
