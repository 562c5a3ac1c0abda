"""False-alarm rate of studies that add seeds until a result is clear; ``make simulate`` runs it for a minute."""

from __future__ import annotations

import numpy as np
import pytest

from registry_tests.studies.analyse.statistics.test_always_valid import VARIATIONS, false_alarm_rate

STUDIES = 4000


@pytest.mark.parametrize("variation", [*VARIATIONS, (1.0, 0.0, 5.0), (0.1, 3.0, 1.0), (0.05, 1.0, 1.0)])
def test_adding_seeds_does_not_raise_the_false_alarm_rate(variation: tuple[float, float, float]) -> None:
    # Three standard deviations of the simulation above the level of 5 %.
    assert false_alarm_rate(variation, STUDIES, seed=1) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / STUDIES)
