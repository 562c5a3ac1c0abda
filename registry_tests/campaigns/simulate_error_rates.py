"""Error rates of the decisive test for every score, source of variance, number of seeds and number of examples.

``make simulate`` runs 2,000 simulated studies for each of 288 combinations, which takes hours.
"""

from __future__ import annotations

import pytest

from registry_tests.benchmarks.test_calibration import check_error_rates
from spanreg.benchmarks.calibration import SEEDS, VARYING, WORLDS

STUDIES = 2000


@pytest.mark.parametrize("examples", [100, 277, 1000])
@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("varying", VARYING)
@pytest.mark.parametrize("metric", WORLDS)
def test_error_rates_are_within_their_limits(metric: str, varying: str, seeds: int, examples: int) -> None:
    check_error_rates(metric, varying, seeds, examples, STUDIES)
