"""Measure the agreement of spans with gold base phrases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spanreg.benchmarks.harness.report import BenchReport
from spanreg.dictionaries.base import SpanDictionary, word_rule_of
from spanreg.dictionaries.filtered import FilteredDictionary
from spanreg.dictionaries.tables.artefact import score_names
from spanreg.packages import has_package
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.gold import begins_of_spans
from spanreg.text.files.blocks import file_blocks
from spanreg.text.unicode.words import Words

SEGMENTERS: Final[dict[str, dict[str, Any]]] = {
    "single": {"type": "single"},
    "whole": {"type": "whole"},
    "fixed, 2 words": {"type": "fixed", "words": 2},
    "random, as max_match": {"type": "random"},
    "max_match": {"type": "max_match"},
    "max_match backward": {"type": "max_match", "direction": "backward"},
    "max_match bidirectional": {"type": "max_match", "direction": "bidirectional"},
    "viterbi by ln(1 + count)": {"type": "viterbi", "scale": "log"},
}


TOP: Final = 20_000
"N-grams of each length that are kept when a score ranks them."


def bench_agreement(gold: Path, dictionary: SpanDictionary, scores: Sequence[str] = (), top: int = TOP) -> BenchReport:
    """Return precision, recall and F1 of boundaries between words, and of whole spans, against gold base phrases.

    A boundary is between two neighbouring words of a sentence; the ends of sentences do not count. A span is right if
    its first and last words are those of a phrase; spans of one word count as well.

    Args:
        gold: lines of word, part of speech and chunk tag (``B-NP``, ``I-NP``, ``O``), empty lines between sentences;
            also ``.gz`` and ``.zst``. A word outside all phrases is a phrase of one word.
        dictionary: the n-grams.
        scores: columns of the dictionary; default: all. Each is the score of a ``viterbi`` segmenter, and ranks the
            n-grams of a ``max_match`` segmenter in both directions.
        top: number of best n-grams of each length.

    Raises:
        ConfigurationError: the file cannot be read, or a line has another form.
    """
    texts, phrases = read_tagged_phrases(gold)
    words = word_rule_of(dictionary.table()).words_of(texts)
    # The empty array is for a file without sentences: numpy does not concatenate an empty list.
    right = np.concatenate([np.empty(0, np.bool_), *(begins_of_spans(words, i, own) for i, own in enumerate(phrases))])
    table = dictionary.table()
    about = {"sentences": len(texts), "words": len(words), "phrases": int(right.sum()), "entries": table.num_rows}
    report = BenchReport("agreement", about=about)
    for name, segmenter in _segmenters(dictionary, scores or ["count", *score_names(table)], top):
        begins = segmenter.begins(words)
        report.add(f"{name}: words a span", len(words) / max(int(begins.sum()), 1), "words")
        for what, mine, theirs in _compared(words, begins, right):
            for figure, value in zip(("precision", "recall", "F1"), agreement(mine, theirs), strict=True):
                report.add(f"{name}: {what} {figure}", value, "")
    return report


def _segmenters(dictionary: SpanDictionary, scores: Sequence[str], top: int) -> Iterator[tuple[str, Segmenter]]:
    """Yield names and segmenters: fixed rules, then those that use a score of the dictionary."""
    configs = {**SEGMENTERS, "chunk": {"type": "chunk"}} if has_package("textblob") else SEGMENTERS
    for name, config in configs.items():
        yield name, Segmenter.from_params(config, dictionary=dictionary)
    for score in scores:
        yield f"viterbi by {score}", Segmenter.from_params({"type": "viterbi", "score": score}, dictionary=dictionary)
        best = FilteredDictionary(dictionary, top_per_n=top, by=score)
        for direction in ("forward", "backward"):
            name = f"max_match {direction}, best {top:,} per n by {score}"
            yield name, Segmenter.from_params({"type": "max_match", "direction": direction}, dictionary=best)


def _compared(
    words: Words, begins: NDArray[np.bool_], right: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
    """Return inner boundaries by their words, and spans by first word and length, of both segmentations."""
    inner = np.ones(len(words), dtype=np.bool_)
    # Every segmentation has a boundary at the start of a sentence, so these are left out.
    inner[words.bounds[:-1][np.diff(words.bounds) > 0]] = False
    boundaries = [np.flatnonzero(one & inner) for one in (begins, right)]
    return [("boundary", *boundaries), ("span", _spans(begins), _spans(right))]  # type: ignore[list-item]


def _spans(begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return one number per span, from its first word and number of words."""
    firsts = np.flatnonzero(begins)
    # Unique, since a length is at most the number of words; numbers are faster to intersect than pairs.
    return firsts * (begins.size + 1) + np.diff(np.append(firsts, begins.size))


def agreement(predicted: NDArray[np.int64], gold: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a set; 0 where there is nothing to divide by."""
    both = int(np.intersect1d(predicted, gold, assume_unique=True).size)
    precision, recall = both / max(predicted.size, 1), both / max(gold.size, 1)
    return precision, recall, 2 * both / max(predicted.size + gold.size, 1)


def read_tagged_phrases(path: Path) -> tuple[list[str], list[list[tuple[int, int]]]]:
    """Return sentences as words joined by spaces, and the character offsets of their phrases.

    Raises:
        ConfigurationError: a line is not a word, a part of speech and a chunk tag.
    """
    texts: list[str] = []
    phrases: list[list[tuple[int, int]]] = []
    text, own = "", list[tuple[int, int]]()
    # As a whole: blocks may end within a line.
    lines = b"".join(file_blocks(path)).decode().split("\n")
    # The added empty line ends the last sentence.
    for number, line in enumerate([*lines, ""], start=1):
        if not line.strip():
            if text:
                texts.append(text)
                phrases.append(own)
            text, own = "", []
            continue
        columns = line.split()
        if len(columns) != 3 or columns[2][0] not in "BIO":
            hint = "give lines of word, part of speech and chunk tag, such as 'agreement NN I-NP'"
            raise ConfigurationError(f"line {number} is {line!r}", hint=hint, file=str(path))
        start = len(text) + bool(text)
        text = f"{text} {columns[0]}".lstrip()
        # An I- tag continues the last phrase.
        begin = own.pop()[0] if columns[2][0] == "I" and own else start
        own.append((begin, len(text)))
    return texts, phrases
