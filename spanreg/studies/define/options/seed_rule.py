"""Seeds that are added until the differences of a study are decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from spanreg.registry import AtLeast, Between, ConfigurationError, NotAbove

MOST_SEEDS = 1000
"Largest number of seeds of one arm."


@dataclass(frozen=True, slots=True)
class SeedRule:
    """Add seeds to an arm until its difference from the baseline is decided.

    Example:
        seeds: { until: 'decided', at_most: 20 }

    Raises:
        ConfigurationError: ``at_most`` is below ``at_least``.
    """

    until: Literal["decided"]
    """``decided``: the difference has a star, or is shown to be within the margin of the study, by tests that hold at
    any number of seeds."""
    at_most: Annotated[int, Between(3, MOST_SEEDS)] = 20
    "Number of seeds after which an arm stops undecided."
    at_least: Annotated[int, AtLeast(3), NotAbove("at_most")] = 3
    "Number of seeds that every arm runs first."

    def __post_init__(self) -> None:
        if self.at_most < self.at_least:
            raise ConfigurationError(
                f"at most {self.at_most} seeds are fewer than at least {self.at_least}",
                path="at_most",
                hint="give a larger number",
            )

    @property
    def first(self) -> list[int]:
        """The seeds that every arm runs first."""
        # Counted from 1 without gaps: the number of seeds of an arm then says which it has, and which comes next.
        return list(range(1, self.at_least + 1))
