"""Laws of the scorers."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.registry.registrable import names_of
from spanreg.scorers.base import Need, NgramSample
from spanreg.testing.common import variations
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.material import TEXTS

CASES: list[dict[str, Any]] = [{}]

NEEDS: tuple[Need, ...] = get_args(Need)


def sampled(needs: Any = NEEDS) -> NgramSample:
    """The n-grams of the texts, each text a document, with what a scorer asks for."""
    corpus = "".join(f"{text.replace(chr(10), ' ')}\n" for text in TEXTS * 2).encode()
    return sample_ngrams([corpus], max_n=4, min_count=2, needs=needs)


def scored(scorer: Any, sample: NgramSample) -> list[NDArray[np.float64]]:
    """The scores of every level."""
    return [scorer.scores(sample, level) for level in range(len(sample.levels))]


def it_is_named_as_registered(subject: Subject) -> None:
    """``name``, under which a dictionary keeps the scores, is the registered name."""
    names = names_of(subject.cls)
    name = subject.make().name
    hold(not names or name in names, f"name is {name!r}, and it is registered as {' and '.join(map(repr, names))}")


def its_needs_are_known(subject: Subject) -> None:
    """``needs`` names all that it looks at, out of what can be sampled."""
    scorer = subject.make()
    unknown = [need for need in scorer.needs if need not in NEEDS]
    hold(not unknown, f"needs {', '.join(map(repr, unknown))}; there are {', '.join(NEEDS)}")
    scored(scorer, sampled(scorer.needs))


def every_ngram_has_a_finite_score(subject: Subject) -> None:
    """Scores are float64, one for each n-gram of a level, and finite."""
    sample = sampled()
    for level, scores in enumerate(scored(subject.make(), sample)):
        count = sample.levels[level].counts.size
        hold(scores.shape == (count,), f"scores of {count} n-grams have shape {scores.shape}")
        hold(scores.dtype == np.float64, f"scores are of {scores.dtype}, not of float64")
        hold(bool(np.isfinite(scores).all()), "some scores are not finite")


def results_are_repeated(subject: Subject) -> None:
    """The same sample gets the same scores, and is left as it is."""
    one, sample, untouched = subject.make(), sampled(), sampled()
    for first, second, third in zip(
        scored(one, sample), scored(one, sample), scored(subject.make(), untouched), strict=True
    ):
        hold(np.array_equal(first, second), "scores are others the second time")
        hold(np.array_equal(first, third), "scores of a second scorer of the same config are others")
    for used, fresh in zip(sample.levels, untouched.levels, strict=True):
        hold(np.array_equal(used.counts, fresh.counts), "the counts of the sample are changed")


def fingerprints_tell_scores_apart(subject: Subject) -> None:
    """One config, one fingerprint; options that lead to other scores lead to another one."""
    plain, sample = subject.make(), sampled()
    hold(plain.fingerprint() == subject.make().fingerprint(), "a second scorer of the same config has another one")
    expected = scored(plain, sample)
    for name, value, other in variations(subject):
        if not all(map(np.array_equal, scored(other, sample), expected)):
            told = other.fingerprint() != plain.fingerprint()
            hold(told, f"with {name} = {value!r} scores are others, but the fingerprint is the same")


LAWS: list[Law] = [
    it_is_named_as_registered,
    its_needs_are_known,
    every_ngram_has_a_finite_score,
    results_are_repeated,
    fingerprints_tell_scores_apart,
]
