"""Segmentations of texts as a page that needs nothing but a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary, about_dictionary, spelt_ngrams, word_rule_of
from spanreg.registry import ConfigurationError, suggest
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.spans.offsets import Span, spans_of
from spanreg.segmenters.viterbi import is_number

LEVELS: Final = 5
"Colours for scores; each has about as many n-grams of the page."

_PAGE: Final = "page.html"
_DATA: Final = "DATA"


def spans_page(
    texts: Sequence[str],
    segmenters: Mapping[str, Segmenter],
    dictionary: SpanDictionary,
    score: str = "count",
    about: str = "",
) -> str:
    """One HTML page with a switch between segmenters, which loads nothing from anywhere.

    Spans of several words are coloured by their score, in shades of which each has about as many of the page's n-grams;
    those that the dictionary lacks have a dashed frame. Pointing at one tells all that the dictionary knows of it.

    Args:
        texts: what to show.
        segmenters: by the names on the switch; the first is shown first. Of one with several segmentations each has a
            place of its own.
        dictionary: what the scores are of.
        score: the column of the dictionary that gives the colours.
        about: a line above.

    Raises:
        ConfigurationError: the dictionary has no such column.
    """
    table = dictionary.table()
    columns = [field.name for field in table.schema if field.name != "ngram"]
    numeric = [name for name in columns if is_number(table.schema.field(name).type)]
    if score not in numeric:
        problem = f"the dictionary has no column of numbers '{score}'"
        raise ConfigurationError(problem, path="score", hint=suggest(score, numeric, "columns"))
    cuts = _cuts(texts, segmenters)
    rows = _rows(texts, cuts, table)
    shown = np.unique(np.fromiter((row for row in rows.values() if row >= 0), dtype=np.int64))
    entries, levels = _entries(table.take(shown), columns, score)
    place = {int(row): i for i, row in enumerate(shown)}
    data = {
        "about": about,
        "score": score,
        "columns": columns,
        "texts": list(texts),
        "entries": entries,
        "levels": levels,
        "segmenters": [
            _segmentation(name, texts, spans, {text: place.get(row, -1) for text, row in rows.items()})
            for name, spans in cuts.items()
        ],
    }
    return _filled(data)


def _filled(data: Mapping[str, Any]) -> str:
    page = resources.files(__package__).joinpath(_PAGE).read_text(encoding="utf-8")
    # A text that holds "</script>" must not end the element.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return page.replace(_DATA, text.encode("utf-8", "replace").decode(), 1)


def _cuts(texts: Sequence[str], segmenters: Mapping[str, Segmenter]) -> dict[str, list[list[Span]]]:
    """The spans of each text by every segmentation, under the names on the switch."""
    cuts: dict[str, list[list[Span]]] = {}
    for name, segmenter in segmenters.items():
        words = segmenter.word_rule.words_of(texts)
        for number, begins in enumerate(segmenter.layered_begins(words), start=1):
            shown = name if segmenter.layers == 1 else f"{name}, {number} of {segmenter.layers}"
            cuts[shown] = spans_of(words, begins)
    return cuts


def _rows(texts: Sequence[str], cuts: Mapping[str, Sequence[Sequence[Span]]], table: pa.Table) -> dict[str, int]:
    """For each span of several words, as it stands in the text, its row in the table, or -1."""
    found = dict.fromkeys(
        text[span.start : span.end]
        for spans in cuts.values()
        for text, own in zip(texts, spans, strict=True)
        for span in own
        if span.words > 1
    )
    words = word_rule_of(table).words_of(list(found))
    forms, bounds = words.spelt(about_dictionary(table)["lowercase"]), words.bounds.tolist()
    ngrams = [" ".join(forms[bounds[i] : bounds[i + 1]]) for i in range(len(found))]
    printable = [ngram.encode("utf-8", "replace").decode() for ngram in ngrams]
    rows = pc.fill_null(pc.index_in(pa.array(printable, pa.string()), spelt_ngrams(table)), -1)
    return dict(zip(found, rows.to_pylist(), strict=True))


def _entries(
    table: pa.Table, columns: Sequence[str], score: str
) -> tuple[list[dict[str, Any]], list[tuple[float, float]]]:
    """What is known of each n-gram, and the lowest and the highest score of each level."""
    scores = table[score].to_numpy()
    ranks = np.searchsorted(np.sort(scores), scores)  # equal scores have one rank, and so one colour
    levels = ranks * LEVELS // max(scores.size, 1)
    used, levels = np.unique(levels, return_inverse=True)
    rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
    entries = [{"level": level, "values": values} for level, values in zip(levels.tolist(), rows, strict=True)]
    ranges = [
        (scores[levels == level].min().item(), scores[levels == level].max().item()) for level in range(used.size)
    ]
    return entries, ranges


def _segmentation(
    name: str, texts: Sequence[str], spans: Sequence[Sequence[Span]], entries: Mapping[str, int]
) -> dict[str, Any]:
    """Start, end, number of words and entry (-1: none) of every span."""
    cuts = [
        [(*span, entries.get(text[span.start : span.end], -1)) for span in own]
        for text, own in zip(texts, spans, strict=True)
    ]
    words = sum(span.words for own in spans for span in own)
    return {"name": name, "spans": sum(map(len, spans)), "words": words, "cuts": cuts}
