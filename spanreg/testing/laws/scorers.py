"""Laws of scorers."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.registry.registrable import registered_names
from spanreg.scorers.base import Need, NgramSample
from spanreg.testing.common import variations
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.examples import TEXTS

CASES: list[dict[str, Any]] = [{}]

NEEDS: tuple[Need, ...] = get_args(Need)


def sampled(needs: Any = NEEDS) -> NgramSample:
    """Return the n-grams of the texts, each text a document, with the statistics that a scorer needs."""
    # Twice, so that every n-gram occurs often enough; a line is a document.
    corpus = "".join(f"{text.replace(chr(10), ' ')}\n" for text in TEXTS * 2).encode()
    return sample_ngrams([corpus], max_n=4, min_count=2, needs=needs)


def scored(scorer: Any, sample: NgramSample) -> list[NDArray[np.float64]]:
    """Return the scores of every level."""
    return [scorer.scores(sample, level) for level in range(len(sample.levels))]


def it_is_named_as_registered(subject: ComponentCase) -> None:
    """``name``, the name of the scores' column in a dictionary, is the registered name."""
    names = registered_names(subject.cls)
    name = subject.make().name
    require(not names or name in names, f"name is {name!r}, but it is registered as {' and '.join(map(repr, names))}")


def its_needs_are_known(subject: ComponentCase) -> None:
    """``needs`` lists all statistics that the scorer reads, from those that can be sampled."""
    scorer = subject.make()
    unknown = [need for need in scorer.needs if need not in NEEDS]
    require(not unknown, f"needs {', '.join(map(repr, unknown))}; there are {', '.join(NEEDS)}")
    # With nothing but these statistics: one that is read and not listed is missing here.
    scored(scorer, sampled(scorer.needs))


def every_ngram_has_a_finite_score(subject: ComponentCase) -> None:
    """There is a finite float64 score for each n-gram of a level."""
    sample = sampled()
    for level, scores in enumerate(scored(subject.make(), sample)):
        count = sample.levels[level].counts.size
        require(scores.shape == (count,), f"scores of {count} n-grams have shape {scores.shape}")
        require(scores.dtype == np.float64, f"scores have type {scores.dtype}, not float64")
        require(bool(np.isfinite(scores).all()), "some scores are not finite")


def results_are_repeated(subject: ComponentCase) -> None:
    """Scores are reproducible, and the sample is not changed."""
    one, sample, untouched = subject.make(), sampled(), sampled()
    for first, second, third in zip(
        scored(one, sample), scored(one, sample), scored(subject.make(), untouched), strict=True
    ):
        require(np.array_equal(first, second), "scores differ the second time")
        require(np.array_equal(first, third), "a second scorer of the same config has other scores")
    for used, fresh in zip(sample.levels, untouched.levels, strict=True):
        require(np.array_equal(used.counts, fresh.counts), "the counts of the sample are changed")


def different_scores_have_different_fingerprints(subject: ComponentCase) -> None:
    """Equal configs have equal fingerprints; options that change the scores change the fingerprint."""
    plain, sample = subject.make(), sampled()
    require(
        plain.fingerprint() == subject.make().fingerprint(),
        "a second scorer of the same config has another fingerprint",
    )
    expected = scored(plain, sample)
    for name, value, other in variations(subject):
        if not all(map(np.array_equal, scored(other, sample), expected)):
            is_detected = other.fingerprint() != plain.fingerprint()
            require(is_detected, f"{name} = {value!r} changes the scores, but not the fingerprint")


LAWS: list[Law] = [
    it_is_named_as_registered,
    its_needs_are_known,
    every_ngram_has_a_finite_score,
    results_are_repeated,
    different_scores_have_different_fingerprints,
]
