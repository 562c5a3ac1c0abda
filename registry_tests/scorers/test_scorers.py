"""Every scorer equals loops over the words of the corpus, for any division into blocks and any memory budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.scorers import NgramSample, Scorer
from spanreg.text.unicode.words import find_words

WORDS = st.sampled_from([*"aaabbbcdé漢", "A", ",", ".", "extraordinarily", "rare" * 70])
LINES = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=8)
NAMES = ["accessor_variety", "branching_entropy", "count", "document_frequency", "pmi"]

Ngram = tuple[str, ...]
Document = list[str | None]


def read(lines: list[str]) -> list[Document]:
    """Return the words of each line between None, which also replaces boundaries and words that are too long."""
    documents = []
    for line in lines:
        words = find_words([line])
        forms = zip(words.forms(), words.boundaries().tolist(), strict=True)
        documents.append([None, *(None if end or len(form) > 255 else form for form, end in forms), None])
    return documents


def occurrences(documents: list[Document], ngram: Ngram) -> list[tuple[int, int]]:
    n = len(ngram)
    return [(d, i) for d, words in enumerate(documents) for i in range(len(words)) if tuple(words[i : i + n]) == ngram]


def neighbours(documents: list[Document], ngram: Ngram, shift: int) -> Counter[object]:
    found: Counter[object] = Counter()
    for document, place in occurrences(documents, ngram):
        found[documents[document][place + shift] or (document, place)] += 1
    return found


def entropy(found: Counter[object]) -> float:
    return -sum(count / found.total() * log2(count / found.total()) for count in found.values())


def slow_pmi(documents: list[Document], ngram: Ngram, total: int) -> float:
    def share(part: Sequence[str]) -> float:
        return len(occurrences(documents, tuple(part))) / total

    splits = [share(ngram) / share(ngram[:k]) / share(ngram[k:]) for k in range(1, len(ngram))]
    return log(min(splits)) / -log(share(ngram))


def slow(name: str, documents: list[Document], ngram: Ngram, total: int) -> float:
    sides = [neighbours(documents, ngram, shift) for shift in (-1, len(ngram))]
    by_name: dict[str, Callable[[], float]] = {
        "count": lambda: len(occurrences(documents, ngram)),
        "document_frequency": lambda: len({document for document, _ in occurrences(documents, ngram)}),
        "accessor_variety": lambda: min(map(len, sides)),
        "branching_entropy": lambda: min(map(entropy, sides)),
        "pmi": lambda: slow_pmi(documents, ngram, total),
    }
    return by_name[name]()


def sampled(blocks: list[bytes], scorer: Scorer, **options: int) -> tuple[NgramSample, dict[Ngram, float]]:
    sample = sample_ngrams(blocks, max_n=4, needs=scorer.needs, **{"min_count": 2, **options})
    scores = {}
    for place, level in enumerate(sample.levels):
        values = scorer.scores(sample, place).tolist()
        scores |= {
            tuple(sample.words[word] for word in row): value
            for row, value in zip(level.words.tolist(), values, strict=True)
        }
    return sample, scores


def as_block(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def test_these_are_all() -> None:
    assert Scorer.list_available() == NAMES
    assert [Scorer.from_params(name).name for name in NAMES] == NAMES


@pytest.mark.parametrize("name", NAMES)
@given(lines=LINES, cuts=st.lists(st.integers(0, 8), max_size=3), budget=st.integers(1, 40), least=st.integers(1, 3))
@settings(max_examples=25)
def test_equals_a_slow_loop(name: str, lines: list[str], cuts: list[int], budget: int, least: int) -> None:
    documents = read(lines)
    shards = [as_block(lines[a:b]) for a, b in pairwise([0, *sorted(cuts), len(lines)])]
    sample, scores = sampled(shards, Scorer.from_params(name), budget=budget, min_count=least)
    expected = {ngram: slow(name, documents, ngram, sample.total_words) for ngram in scores}
    assert scores == pytest.approx(expected, abs=1e-8)
    assert sampled([as_block(lines)], Scorer.from_params(name), min_count=least)[1] == scores


def test_by_hand() -> None:
    lines = ["new york is big", "in new york", "new york is big, new york is old"]
    found = {name: sampled([as_block(lines)], Scorer.from_params(name))[1] for name in NAMES}
    assert found["count"]["new", "york"] == 4
    assert found["document_frequency"]["new", "york"] == 3
    assert found["accessor_variety"]["new", "york"] == 2, "'is' and one end of a line; on the left 'in' and three ends"
    assert found["accessor_variety"]["york", "is"] == 1
    assert found["branching_entropy"]["york", "is"] == 0
    assert found["pmi"]["new", "york"] == pytest.approx(log((4 / 16) / (4 / 16) ** 2) / -log(4 / 16))


def test_a_paragraph_ends_no_document() -> None:
    _, scores = sampled([b"a b\va b\nb a b\n"], Scorer.from_params("document_frequency"))
    assert scores == {("a", "b"): 2}
