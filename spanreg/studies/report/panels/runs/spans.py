"""Spans by their length."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanreg.studies.report.blocks import Block, Cell, Figure, Table, scaled
from spanreg.studies.report.charts import Bar, BarChart
from spanreg.studies.report.keyed_cells import arms_by_name, cells_of_arm, text_cell
from spanreg.studies.report.panels.base import Panel

_LONGEST: Final = 9
"Spans of this length and longer share a bar."

_COLUMNS = ("arms", "spans a sentence", "tokens in spans of several words", "words that the dictionary covers")


@Panel.register("spans")
class SpansPanel(Panel):
    """Number of spans by length in words, for each segmentation; registered as ``spans``.

    ``SpansPanel().blocks(facts)``
    """

    title = "Spans"
    place = 520
    formats = ("html",)
    template = "spans"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        groups = list(_groups(facts))
        if not groups:
            return []
        table = Table(_COLUMNS, tuple(_row(names, spans, facts) for names, spans in groups))
        figures = [
            Figure(f"lengths-{place}", f"Spans by length: {', '.join(names)}", _chart(spans), "Under the first seed.")
            for place, (names, spans) in enumerate(groups, 1)
        ]
        return [table, *figures]


def _groups(facts: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield the arms of each segmentation, with its statistics."""
    # Arms with equal statistics have the same segmentation: counts of thousands of spans do not agree by chance.
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if arm["spans"] and arm["reads_spans"]:
            named.setdefault(json.dumps(arm["spans"], sort_keys=True), []).append(arm["name"])
    for text, names in named.items():
        yield names, json.loads(text)


def _row(names: list[str], spans: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    # The arms of a row have the same spans, so the keys of its numbers name the first one.
    cells = cells_of_arm(arms_by_name(facts)[names[0]], facts, "spans.")
    shares = [
        cells.number(key, scaled(spans.get(key), 100), ".1f", after=" %")
        for key in ("multi_word_token_share", "dictionary_coverage")
    ]
    sentence = cells.number("spans_per_sentence", spans["spans_per_sentence"], ".2f")
    return (text_cell(", ".join(names)), sentence, *shares)


def _chart(spans: dict[str, Any]) -> BarChart:
    """Return the number of spans by length, with at least four bars."""
    counts: dict[int, int] = {}
    for length, count in spans["span_lengths"].items():
        counts[min(int(length), _LONGEST)] = counts.get(min(int(length), _LONGEST), 0) + count
    last = max([*counts, 4])
    bars = [Bar(f"{n}+" if n == _LONGEST else str(n), float(counts.get(n, 0))) for n in range(1, last + 1)]
    return BarChart(tuple(bars), "length in words", "spans")
