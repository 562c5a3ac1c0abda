"""Spans by their length."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanreg.studies.report.blocks import Block, Figure, text_table
from spanreg.studies.report.charts import Bar, BarChart
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
        table = text_table(_COLUMNS, [_row(names, spans) for names, spans in groups])
        figures = [
            Figure(f"lengths-{place}", f"Spans by length: {', '.join(names)}", _chart(spans), "Under the first seed.")
            for place, (names, spans) in enumerate(groups, 1)
        ]
        return [table, *figures]


def _groups(facts: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield the arms of each segmentation, with its statistics."""
    named: dict[str, list[str]] = {}
    for arm in facts["arms"]:
        if arm["spans"] and arm["reads_spans"]:
            named.setdefault(json.dumps(arm["spans"], sort_keys=True), []).append(arm["name"])
    for text, names in named.items():
        yield names, json.loads(text)


def _row(names: list[str], spans: dict[str, Any]) -> list[str]:
    shares = [spans.get(key) for key in ("multi_word_token_share", "dictionary_coverage")]
    spelt = ["" if share is None else f"{share * 100:.1f} %" for share in shares]
    return [", ".join(names), f"{spans['spans_per_sentence']:.2f}", *spelt]


def _chart(spans: dict[str, Any]) -> BarChart:
    counts: dict[int, int] = {}
    for length, count in spans["span_lengths"].items():
        counts[min(int(length), _LONGEST)] = counts.get(min(int(length), _LONGEST), 0) + count
    last = max([*counts, 4])
    bars = [Bar(f"{n}+" if n == _LONGEST else str(n), float(counts.get(n, 0))) for n in range(1, last + 1)]
    return BarChart(tuple(bars), "length in words", "spans")
