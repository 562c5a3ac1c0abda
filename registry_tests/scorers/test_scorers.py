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

# A vocabulary stores words in parts of eight bytes, and none of more than 255 bytes.
WORDS = st.sampled_from([*"aaabbbcdé漢", "A", ",", ".", "extraordinarily", "rare" * 70])
LINES = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=8)
SCORER_NAMES = ["accessor_variety", "branching_entropy", "count", "document_frequency", "pmi"]

Ngram = tuple[str, ...]
Document = list[str | None]


def read_documents(lines: list[str]) -> list[Document]:
    """Return the words of each line between None, which also replaces boundaries and words that are too long."""
    documents = []
    for line in lines:
        words = find_words([line])
        forms = zip(words.forms(), words.boundaries().tolist(), strict=True)
        documents.append([None, *(None if end or len(form) > 255 else form for form, end in forms), None])
    return documents


def occurrences(documents: list[Document], ngram: Ngram) -> list[tuple[int, int]]:
    """Return the document and the position of each occurrence."""
    n = len(ngram)
    return [(d, i) for d, words in enumerate(documents) for i in range(len(words)) if tuple(words[i : i + n]) == ngram]


def count_neighbours(documents: list[Document], ngram: Ngram, shift: int) -> Counter[object]:
    """Return the neighbours at a distance from an n-gram's first word; each boundary is a neighbour of its own."""
    counts: Counter[object] = Counter()
    for document, place in occurrences(documents, ngram):
        counts[documents[document][place + shift] or (document, place)] += 1
    return counts


def entropy(counts: Counter[object]) -> float:
    """Return the entropy of a distribution, in bits."""
    return -sum(count / counts.total() * log2(count / counts.total()) for count in counts.values())


def slow_pmi(documents: list[Document], ngram: Ngram, total: int) -> float:
    """Return the normalised PMI of an n-gram's worst split."""

    def share(part: Sequence[str]) -> float:
        return len(occurrences(documents, tuple(part))) / total

    splits = [share(ngram) / share(ngram[:k]) / share(ngram[k:]) for k in range(1, len(ngram))]
    return log(min(splits)) / -log(share(ngram))


def slow_score(name: str, documents: list[Document], ngram: Ngram, total: int) -> float:
    """Return the score of an n-gram by its definition."""
    sides = [count_neighbours(documents, ngram, shift) for shift in (-1, len(ngram))]
    by_name: dict[str, Callable[[], float]] = {
        "count": lambda: len(occurrences(documents, ngram)),
        "document_frequency": lambda: len({document for document, _ in occurrences(documents, ngram)}),
        "accessor_variety": lambda: min(map(len, sides)),
        "branching_entropy": lambda: min(map(entropy, sides)),
        "pmi": lambda: slow_pmi(documents, ngram, total),
    }
    return by_name[name]()


def sample_and_scores(blocks: list[bytes], scorer: Scorer, **options: int) -> tuple[NgramSample, dict[Ngram, float]]:
    """Return a sample, and the score of each of its n-grams."""
    sample = sample_ngrams(blocks, max_n=4, needs=scorer.needs, **{"min_count": 2, **options})
    scores = {}
    for place, level in enumerate(sample.levels):
        values = scorer.scores(sample, place).tolist()
        scores |= {
            tuple(sample.words[word] for word in row): value
            for row, value in zip(level.words.tolist(), values, strict=True)
        }
    return sample, scores


def to_block(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def test_every_registered_scorer_is_tested_here() -> None:
    assert Scorer.list_available() == SCORER_NAMES
    assert [Scorer.from_params(name).name for name in SCORER_NAMES] == SCORER_NAMES


@pytest.mark.parametrize("name", SCORER_NAMES)
@given(
    lines=LINES, cuts=st.lists(st.integers(0, 8), max_size=3), budget=st.integers(1, 40), min_count=st.integers(1, 3)
)
@settings(max_examples=25)
def test_equals_a_slow_loop(name: str, lines: list[str], cuts: list[int], budget: int, min_count: int) -> None:
    documents = read_documents(lines)
    shards = [to_block(lines[a:b]) for a, b in pairwise([0, *sorted(cuts), len(lines)])]
    sample, scores = sample_and_scores(shards, Scorer.from_params(name), budget=budget, min_count=min_count)
    expected = {ngram: slow_score(name, documents, ngram, sample.total_words) for ngram in scores}
    # The order of sums differs; the division into blocks does not even change the last bit.
    assert scores == pytest.approx(expected, abs=1e-8)
    assert sample_and_scores([to_block(lines)], Scorer.from_params(name), min_count=min_count)[1] == scores


def test_scores_equal_values_by_hand() -> None:
    lines = ["new york is big", "in new york", "new york is big, new york is old"]
    scores = {name: sample_and_scores([to_block(lines)], Scorer.from_params(name))[1] for name in SCORER_NAMES}
    assert scores["count"]["new", "york"] == 4
    assert scores["document_frequency"]["new", "york"] == 3
    assert scores["accessor_variety"]["new", "york"] == 2, (
        "on the right 'is' and one boundary; on the left 'in' and three boundaries"
    )
    assert scores["accessor_variety"]["york", "is"] == 1
    assert scores["branching_entropy"]["york", "is"] == 0
    assert scores["pmi"]["new", "york"] == pytest.approx(log((4 / 16) / (4 / 16) ** 2) / -log(4 / 16))


def test_a_document_may_have_several_paragraphs() -> None:
    _, scores = sample_and_scores([b"a b\va b\nb a b\n"], Scorer.from_params("document_frequency"))
    assert scores == {("a", "b"): 2}
