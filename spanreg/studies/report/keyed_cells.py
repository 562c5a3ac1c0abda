"""Make table cells whose numbers have keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spanreg.studies.report.blocks import Cell, Number, places
from spanreg.studies.report.keys import number_key
from spanreg.studies.report.verdicts import spell_p


def text_cell(text: str) -> Cell:
    """Return a cell with a text alone."""
    return (text,)


@dataclass(frozen=True, slots=True)
class KeyedCells:
    """Makes cells whose numbers belong to one arm, or to one setting, effect or piece.

    ``KeyedCells("flat", "mrpc", "accuracy", scale=100).score("mean", 0.8123)``
    """

    arm: str
    task: str
    metric: str
    scale: float = 1
    "Factor of scores and differences: 100 shows per cent."
    prefix: str = ""
    "Begins the field of every key: ``tuning.``."

    def number(self, field: str, value: float | None, form: str, before: str = "", after: str = "") -> Cell:
        """Return a number in a format; an empty cell if the value is None.

        Args:
            field: last part of the key.
            value: value in the unit that is shown.
            form: format specification.
            before: text before the number.
            after: text after the number.
        """
        return () if value is None else self._cell(field, value, format(value, form), before, after)

    def score(self, field: str, value: float | None, before: str = "", after: str = "") -> Cell:
        """Return a score in the unit of the report; arguments are those of ``number``, the value is not scaled."""
        return self.number(field, self._scaled(value), f".{places(self.scale)}f", before, after)

    def difference(self, field: str, value: float | None, before: str = "", after: str = "") -> Cell:
        """Return a difference with its sign; arguments are those of ``score``."""
        return self.number(field, self._scaled(value), f"+.{places(self.scale)}f", before, after)

    def interval(self, low: float | None, high: float | None) -> Cell:
        """Return the ends of an interval of differences, with the fields ``low`` and ``high``."""
        if low is None or high is None:
            return ()
        return self.difference("low", low) + self.difference("high", high, before=" to ")

    def p(self, field: str, value: float | None, before: str = "", after: str = "") -> Cell:
        """Return a p-value; arguments are those of ``number``."""
        return () if value is None else self._cell(field, value, spell_p(value), before, after)

    def _cell(self, field: str, value: float, text: str, before: str, after: str) -> Cell:
        """Return a number with its key between two texts, which may be empty."""
        key = number_key(self.arm, self.task, self.metric, f"{self.prefix}{field}")
        return tuple(piece for piece in (before, Number(text, value, key), after) if piece)

    def _scaled(self, value: float | None) -> float | None:
        # Adding 0 turns a negative zero into zero, which has no sign.
        return None if value is None else value * self.scale + 0.0


def cells_of_arm(arm: dict[str, Any], facts: dict[str, Any], prefix: str = "") -> KeyedCells:
    """Return the maker of cells of an arm.

    Args:
        arm: facts of the arm.
        facts: facts of the report.
        prefix: begins the fields.
    """
    return KeyedCells(arm["name"], arm["task"], arm["metric"], facts["scale"], prefix)


def arms_by_name(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the facts of the arms by name."""
    return {arm["name"]: arm for arm in facts["arms"]}


def is_greater_better(task: str, facts: dict[str, Any]) -> bool:
    """Return whether a larger figure is better on a task; tasks of one study may differ in it."""
    return all(arm["greater_is_better"] for arm in facts["arms"] if arm["task"] == task)


def compared_figure(task: str, facts: dict[str, Any]) -> str:
    """Return the figure that the arms of a task are compared by."""
    return next((str(arm["metric"]) for arm in facts["arms"] if arm["task"] == task and arm["metric"]), "")
