"""HTML page that shows segmentations of texts."""

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
from spanreg.segmenters.viterbi import is_numeric_type
from spanreg.text.surrogates import encodable

LEVELS: Final = 5
"Number of colours for scores, which divide the n-grams of the page evenly."

_PAGE: Final = "page.html"
_DATA: Final = "DATA"
"Placeholder of the data in the page."


def spans_page(
    texts: Sequence[str],
    segmenters: Mapping[str, Segmenter],
    dictionary: SpanDictionary,
    score: str = "count",
    about: str = "",
) -> str:
    """Return an HTML page with a switch between segmenters, without external resources.

    Spans of several words are coloured by their score; those that are not in the dictionary have a dashed frame. A
    tooltip shows the dictionary's columns for a span.

    Args:
        texts: texts to show.
        segmenters: segmenters by the names on the switch; several segmentations of one segmenter are separate entries.
        dictionary: dictionary with the scores.
        score: column of the dictionary that determines the colours.
        about: line at the top of the page.

    Raises:
        ConfigurationError: the dictionary has no such column.
    """
    require_score(dictionary, score)
    table = dictionary.table()
    columns = [field.name for field in table.schema if field.name != "ngram"]
    cuts = _cuts(texts, segmenters)
    rows = _rows(texts, cuts, table)
    # Only n-grams of the texts are in the page: a dictionary may have a million.
    shown = np.unique(np.fromiter((row for row in rows.values() if row >= 0), dtype=np.int64))
    entries, levels = _entries(table.take(shown), columns, score)
    index = {int(row): i for i, row in enumerate(shown)}
    data = {
        "about": about,
        "score": score,
        "columns": columns,
        "texts": list(texts),
        "entries": entries,
        "levels": levels,
        "segmenters": [
            _segmentation(name, texts, spans, {text: index.get(row, -1) for text, row in rows.items()})
            for name, spans in cuts.items()
        ],
    }
    return _page_with(data)


def require_score(dictionary: SpanDictionary, score: str) -> None:
    """Raise an error unless a dictionary has a numeric column, which determines colours.

    Args:
        dictionary: the dictionary.
        score: name of the column.

    Raises:
        ConfigurationError: the dictionary has no such column.
    """
    schema = dictionary.table().schema
    numeric = [field.name for field in schema if field.name != "ngram" and is_numeric_type(field.type)]
    if score not in numeric:
        problem = f"the dictionary has no numeric column '{score}'"
        raise ConfigurationError(problem, path="score", hint=suggest(score, numeric, "columns"))


def _page_with(data: Mapping[str, Any]) -> str:
    """Return the page with data as JSON in it."""
    page = resources.files(__package__).joinpath(_PAGE).read_text(encoding="utf-8")
    # A text that contains "</script>" must not end the element, and a file in UTF-8 cannot have lone surrogates.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return page.replace(_DATA, encodable(text), 1)


def _cuts(texts: Sequence[str], segmenters: Mapping[str, Segmenter]) -> dict[str, list[list[Span]]]:
    """Return the spans of each text by every segmentation, by the names on the switch."""
    cuts: dict[str, list[list[Span]]] = {}
    for name, segmenter in segmenters.items():
        words = segmenter.word_rule.words_of(texts)
        for number, begins in enumerate(segmenter.layered_begins(words), start=1):
            shown = name if segmenter.layers == 1 else f"{name}, {number} of {segmenter.layers}"
            cuts[shown] = spans_of(words, begins)
    return cuts


def _rows(texts: Sequence[str], cuts: Mapping[str, Sequence[Sequence[Span]]], table: pa.Table) -> dict[str, int]:
    """Return, for the text of each span of several words, its row in the table, or -1."""
    # A dict and not a set: rows have to be in the order of the texts.
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
    # Arrow strings must be valid UTF-8, and a text may contain lone surrogates.
    lookups = pa.array(map(encodable, ngrams), pa.string())
    rows = pc.fill_null(pc.index_in(lookups, spelt_ngrams(table)), -1)
    return dict(zip(found, rows.to_pylist(), strict=True))


def _entries(
    table: pa.Table, columns: Sequence[str], score: str
) -> tuple[list[dict[str, Any]], list[tuple[float, float]]]:
    """Return colour and columns of each n-gram, and the lowest and highest score of each colour."""
    scores = table[score].to_numpy()
    ranks = np.searchsorted(np.sort(scores), scores)  # equal scores have the same rank, and so the same colour
    levels = ranks * LEVELS // max(scores.size, 1)
    used, levels = np.unique(levels, return_inverse=True)  # colours without n-grams are left out of the legend
    rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
    entries = [{"level": level, "values": values} for level, values in zip(levels.tolist(), rows, strict=True)]
    ranges = [
        (scores[levels == level].min().item(), scores[levels == level].max().item()) for level in range(used.size)
    ]
    return entries, ranges


def _segmentation(
    name: str, texts: Sequence[str], spans: Sequence[Sequence[Span]], entries: Mapping[str, int]
) -> dict[str, Any]:
    """Return start, end, number of words and entry (-1: none) of every span, for the page."""
    cuts = [
        [(*span, entries.get(text[span.start : span.end], -1)) for span in own]
        for text, own in zip(texts, spans, strict=True)
    ]
    words = sum(span.words for own in spans for span in own)
    return {"name": name, "spans": sum(map(len, spans)), "words": words, "cuts": cuts}
