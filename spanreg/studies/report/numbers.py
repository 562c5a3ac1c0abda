"""Collect all numbers of a report that have a key, for ``spanreg report --verify``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanreg.studies.report.blocks import Number, Section, scaled
from spanreg.studies.report.keys import number_key

_PLAIN: Final = (
    "seconds",
    "seconds_ratio",
    "memory_gb",
    "memory_ratio",
    "parameters",
    "parameters_ratio",
    "examples",
    "training_examples",
)
"Fields of an arm that are shown as they are."
_SCALED: Final = ("mean", "deviation", "majority")
"Fields of an arm in the unit of its score."
_COMPARED: Final = ("difference", "low", "high", "standard_error", "detectable")
"Fields of a comparison in the unit of the score."
_CHANCES: Final = ("p", "p_adjusted", "p_seeds", "p_ranks", "p_examples", "p_bootstrap", "effect")
_EQUIVALENCE: Final = ("p", "p_adjusted", "probability_within")


def keyed_numbers(facts: dict[str, Any], sections: Sequence[Section]) -> dict[str, float]:
    """Return the numbers of a report by key, unrounded and in the unit that the report shows.

    Args:
        facts: facts of the report.
        sections: sections whose tables may have further numbers.
    """
    found = {
        number_key(arm["name"], arm["task"], arm["metric"], field): float(value)
        for arm in facts["arms"]
        if arm["scores"]
        for field, value in _of_arm(arm, facts["scale"])
        if value is not None
    }
    # Numbers of the arms have a key whether or not a panel shows them, so that a table may be written by hand; further
    # numbers are those of the sections.
    tables = [block for section in sections for block in section.blocks if block.kind == "table"]
    cells = [cell for table in tables for row in table.rows for cell in row]
    return found | {piece.key: piece.value for cell in cells for piece in cell if isinstance(piece, Number)}


def _of_arm(arm: dict[str, Any], scale: float) -> Iterator[tuple[str, float | None]]:
    yield from ((field, arm[field]) for field in _PLAIN)
    yield from ((field, scaled(arm[field], scale)) for field in _SCALED)
    yield from ((f"seed {seed}", score * scale) for seed, score in zip(arm["seeds"], arm["scores"], strict=True))
    if not (compared := arm["comparison"]):  # a baseline, or an arm without a common seed
        return
    yield from ((field, scaled(compared[field], scale)) for field in _COMPARED)
    yield from ((field, compared[field]) for field in _CHANCES)
    for seed, difference in zip(compared["seeds"], compared["differences"], strict=True):
        yield f"difference of seed {seed}", difference * scale
    if found := compared["equivalence"]:
        yield from ((f"equivalence.{field}", found[field]) for field in _EQUIVALENCE)
