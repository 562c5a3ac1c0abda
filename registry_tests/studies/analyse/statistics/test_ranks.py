"""Ranks over tasks: the worked example of Demsar (2006), scipy and scikit-posthocs."""

from __future__ import annotations

import numpy as np
import pytest
import scikit_posthocs
from scipy import stats

from spanreg.studies.analyse.statistics.over_tasks.ranks import rank_test_over_tasks

# Demsar (2006), table 6: areas under the curve of C4.5 with and without two options, on 14 data sets. The first of the
# two equal values of "voting" is larger in the digits that the table leaves out.
DEMSAR = np.array(
    [
        [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.000, 0.940, 0.619, 0.972, 0.957],
        [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.000, 0.962, 0.666, 0.981, 0.978],
        [0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.000, 0.965, 0.614, 0.9751, 0.946],
        [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.000, 0.962, 0.669, 0.975, 0.970],
    ]
)


def test_the_worked_example_of_demsar() -> None:
    found = rank_test_over_tasks(DEMSAR)
    assert found.average_ranks == pytest.approx((3.143, 2.000, 2.893, 1.964), abs=5e-4)
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    # The published statistic, 9.28, has no correction for ties, which increases it.
    ranks = np.array(found.average_ranks)
    published = 12 * 14 / (4 * 5) * (np.sum(ranks**2) - 4 * 5**2 / 4)
    assert published == pytest.approx(9.28, abs=0.005)
    assert found.chi_square > published
    # The fourth model, "C4.5 with m and cf", differs from none of the others by more than 1.25.
    assert [set(group) for group in found.groups] == [{0, 1, 2, 3}]


def test_the_statistics_equal_those_of_scipy_and_scikit_posthocs() -> None:
    found = rank_test_over_tasks(DEMSAR)
    theirs = stats.friedmanchisquare(*DEMSAR)
    assert (found.chi_square, found.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    pairs = scikit_posthocs.posthoc_nemenyi_friedman(-DEMSAR.T).to_numpy()
    assert np.array(found.p_pairs) == pytest.approx(pairs, abs=1e-6)
    # The F statistic of Iman and Davenport: (N - 1) chi2 / (N (k - 1) - chi2), with N = 14 tasks and k = 4 models.
    f = 13 * found.chi_square / (14 * 3 - found.chi_square)
    assert (found.f, found.p_f) == pytest.approx((f, stats.f.sf(f, 3, 39)))


def test_a_group_has_the_models_within_one_critical_difference() -> None:
    clear = np.array([[0.9] * 12, [0.8] * 12, [0.7, 0.75] * 6, [0.72, 0.71] * 6, [0.1] * 12])
    found = rank_test_over_tasks(clear)
    order = np.argsort(found.average_ranks)
    gap = found.critical_difference
    # Demsar's q of 2.728 for five models, times sqrt(5 * 6 / (6 * 12)).
    assert gap == pytest.approx(1.76, abs=0.01)
    assert list(order[:2]) == [0, 1]
    for group in found.groups:
        ends = [found.average_ranks[model] for model in group]
        assert max(ends) - min(ends) <= gap
    assert [set(group) for group in found.groups] == [{0, 1}, {1, 2, 3}, {2, 3, 4}]


def test_equal_scores_and_perfect_agreement() -> None:
    tied = rank_test_over_tasks(np.ones((3, 4)))
    assert (tied.average_ranks, tied.chi_square, tied.p, tied.groups) == ((2.0, 2.0, 2.0), 0.0, 1.0, ((0, 1, 2),))
    # If all tasks rank the models alike, the denominator of F is 0.
    same_order = rank_test_over_tasks(np.array([[3.0, 3.0, 3.0], [2.0, 2.0, 2.0], [1.0, 1.0, 1.0]]))
    assert (same_order.f, same_order.p_f) == (None, 0.0)
    assert same_order.p == pytest.approx(stats.chi2.sf(6, 2))
    with pytest.raises(ValueError, match="two models"):
        rank_test_over_tasks(np.ones((1, 4)))
