"""Findings of checks, and the list of all checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

PAGE: Final = "docs/reference/checks.md"
"The page that explains every check; each has a heading with its code."

TITLES: Final = {
    "SR001": "too few seeds",
    "SR002": "best of many settings on the same examples",
    "SR003": "arms of different size",
    "SR004": "identical spans",
    "SR005": "setting at the edge of its search range",
    "SR006": "validation used for stopping and for the table",
    "SR007": "dictionary contains the scored text",
    "SR008": "training diverged",
    "SR009": "not better than the majority class",
    "SR010": "constant predictions",
    "SR011": "identical predictions",
    "SR012": "unfinished runs",
}
"""Title of each check by its code. Codes are never reused: scripts compare them, and pages of earlier reports name
them."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """Something in a study that weakens its claims.

    ``CheckFinding("SR001", ("plain",), "2 seeds", "add seeds").title``
    """

    code: str
    arms: tuple[str, ...]
    "The arms that it is about; empty for the whole study."
    problem: str
    hint: str

    @property
    def title(self) -> str:
        """Title of the check."""
        return TITLES[self.code]

    @property
    def page(self) -> str:
        """Address of the check's explanation in the documentation."""
        return f"{PAGE}#{self.code.lower()}"

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        return {
            "code": self.code,
            "title": self.title,
            "arms": list(self.arms),
            "problem": self.problem,
            "hint": self.hint,
            "page": self.page,
        }
