"""Measure the speed of segmentation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

from spanreg.benchmarks.harness.measure import Contestant, take_turns
from spanreg.benchmarks.harness.report import BenchReport
from spanreg.benchmarks.harness.rivals import MATCHING
from spanreg.dictionaries.base import SpanDictionary, about_dictionary, word_rule_of
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words

BATCH: Final = 1000
"Number of texts of one batch."

MAX_TOKENS: Final = 512
SEGMENTERS: Final[dict[str, dict[str, Any]]] = {
    "max_match": {"type": "max_match"},
    "max_match backward": {"type": "max_match", "direction": "backward"},
    "max_match bidirectional": {"type": "max_match", "direction": "bidirectional"},
    "viterbi": {"type": "viterbi", "scale": "log"},
    "random": {"type": "random"},
}
"Config by name in the report; the first is compared with rivals."

_PARALLELISM: Final = "TOKENIZERS_PARALLELISM"
_OURS: Final = "spanreg max_match"
_MATCH_GOAL: Final = ">= 1.5"
_TOKEN_GOAL: Final = "<= 1.15"


def bench_segmentation(
    texts: Sequence[str], dictionary: SpanDictionary, repeats: int, tokenizer: Any = None
) -> BenchReport:
    """Segment the same words with all contestants in turn, and tokenize with and without spans.

    Each contestant gets the input of its interface, made in advance: ours the positions of the words, rivals the words
    in lower case, or these joined by spaces. Looking words up is part of the measured time.

    Args:
        texts: texts to segment.
        dictionary: the phrases.
        repeats: number of rounds.
        tokenizer: a fast tokenizer of an encoder; without one, tokens are not measured.
    """
    rule = word_rule_of(dictionary.table())
    batches = [rule.words_of(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
    words = sum(map(len, batches))
    entries = dictionary.table().num_rows
    about = {"texts": len(texts), "words": words, "entries": entries, "repeats": repeats}
    report = BenchReport("segmentation", about=about)
    _add_matching(report, batches, dictionary, repeats)
    _add_segmenters(report, texts, batches, dictionary, repeats)
    _add_tokens(report, texts, dictionary, repeats, tokenizer)
    return report


def _add_matching(report: BenchReport, batches: Sequence[Words], dictionary: SpanDictionary, repeats: int) -> None:
    """Compare longest match with the rivals, on the same words and phrases."""
    table = dictionary.table()
    lowercase = about_dictionary(table)["lowercase"]
    phrases = [tuple(ngram.split(" ")) for ngram in table["ngram"].to_pylist()]
    tokens = [own for words in batches for own in _by_text(words, lowercase)]
    contestants: dict[str, Contestant] = {_OURS: _cutter(_segmenter("max_match", dictionary), batches)}
    for rival in MATCHING:
        if not rival.missing():
            contestants[rival.name] = rival.prepare(tokens, phrases)
    turns = take_turns(contestants, repeats)
    total = sum(map(len, batches))
    report.add(_OURS, total / turns.of(_OURS), "words/s")
    for rival in MATCHING:
        goal = _MATCH_GOAL if rival is MATCHING[0] else None
        name = f"{_OURS}, against {rival.name}"
        if missing := rival.missing():
            report.add(name, None, "times", goal, missing)
            continue
        report.add(rival.name, total / turns.of(rival.name), "words/s", note=rival.note)
        report.add(name, turns.times_faster(_OURS, rival.name), "times", goal)


def _add_segmenters(
    report: BenchReport, texts: Sequence[str], batches: Sequence[Words], dictionary: SpanDictionary, repeats: int
) -> None:
    """Compare our segmenters with each other."""
    built = {name: _segmenter(name, dictionary) for name in SEGMENTERS}
    contestants: dict[str, Contestant] = {name: _cutter(one, batches) for name, one in built.items()}
    longest = built["max_match"]
    contestants["max_match, words found too"] = lambda: [
        longest.begins(longest.word_rule.words_of(texts[i : i + BATCH])) for i in range(0, len(texts), BATCH)
    ]
    turns = take_turns(contestants, repeats)
    for name in contestants:
        report.add(f"segmenter {name}", sum(map(len, batches)) / turns.of(name), "words/s")


def _add_tokens(
    report: BenchReport, texts: Sequence[str], dictionary: SpanDictionary, repeats: int, tokenizer: Any
) -> None:
    """Compare token ids and span ids with token ids alone."""
    name = "token ids and span ids, against the tokenizer alone"
    if tokenizer is None:
        note = "no tokenizer: name one by --tokenizer, or pip install 'spanreg[minilm]'"
        report.add(name, None, "times", _TOKEN_GOAL, note)
        return
    from spanreg.preparation.alignment import SpanTokenizer

    both = SpanTokenizer(tokenizer, _segmenter("max_match", dictionary), MAX_TOKENS)
    contestants: dict[str, Contestant] = {
        "both": _in_batches(texts, both),
        "alone": _in_batches(texts, lambda some: tokenizer(some, truncation=True, max_length=MAX_TOKENS)),
        "tokens with offsets": _in_batches(texts, both.tokenizer),
    }
    turns = take_turns(contestants, repeats)
    # Inverted: the goal limits the time of both relative to the tokenizer's own.
    note = f"{_PARALLELISM} is {os.environ.get(_PARALLELISM, 'not set, so that the tokenizer takes all cores')}"
    report.add(name, 1 / turns.times_faster("both", "alone"), "times", _TOKEN_GOAL, note)
    note = "read into arrays by this package, without spans"
    report.add(
        "token ids and offsets alone", 1 / turns.times_faster("tokens with offsets", "alone"), "times", note=note
    )
    with _one_thread():
        turns = take_turns({name: contestants[name] for name in ("both", "alone")}, repeats)
    report.add(f"{name}, one thread for it", 1 / turns.times_faster("both", "alone"), "times")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit tokenizers to one core while the block runs, by the environment variable that users set."""
    before = os.environ.get(_PARALLELISM)
    os.environ[_PARALLELISM] = "false"
    try:
        yield
    finally:
        del os.environ[_PARALLELISM]
        if before is not None:
            os.environ[_PARALLELISM] = before


def _in_batches(texts: Sequence[str], work: Callable[[list[str]], object]) -> Contestant:
    parts = [list(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
    return lambda: [work(part) for part in parts]


def _segmenter(name: str, dictionary: SpanDictionary) -> Segmenter:
    segmenter: Segmenter = Segmenter.from_params(SEGMENTERS[name], dictionary=dictionary)
    return segmenter


def _cutter(segmenter: Segmenter, batches: Sequence[Words]) -> Contestant:
    return lambda: [segmenter.begins(words) for words in batches]


def _by_text(words: Words, lowercase: bool) -> list[list[str]]:
    """Return the words of each text in the form for looking up."""
    forms, bounds = words.forms(lowercase), words.bounds.tolist()
    return [forms[first:last] for first, last in pairwise(bounds)]
