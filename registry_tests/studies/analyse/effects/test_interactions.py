"""Interactions of pieces that are added alone and left out alone, against contrasts of their arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.studies.analyse.effects.interactions import PieceInteraction, interactions
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.statistics.two_way import two_way_test
from spanreg.studies.execute.folder import StudyReader

MakeStudy = Callable[..., Path]
RIGHT = {
    "base": [80, 84, 82],
    "nothing": [50, 51, 52],
    "only dictionary": [70, 74, 71],
    "without dictionary": [75, 80, 76],
    "only aggregator": [60, 55, 62],
    "without aggregator": [70, 75, 71],
}
"Correct predictions of 100 by arm, under three seeds."


def study(make_study: MakeStudy, right: dict[str, list[int]] = RIGHT) -> Path:
    """Return a study with these numbers of correct predictions."""
    by_arm: dict[str, Any] = {
        arm: {seed: [1] * count + [0] * (100 - count) for seed, count in enumerate(counts, 1)}
        for arm, counts in right.items()
    }
    return make_study(by_arm, [1] * 100, arms={"base": {"choice": {}}})


def interactions_by_piece(folder: Path) -> dict[str, PieceInteraction]:
    """Return the interactions of a study by piece."""
    return {row.piece: row for row in interactions(read_results(StudyReader(folder)))}


def test_interactions_equal_contrasts_of_their_arms(make_study: MakeStudy) -> None:
    rows = interactions_by_piece(study(make_study))
    assert list(rows) == ["dictionary", "aggregator"]
    for piece, row in rows.items():
        base, nothing, only, without = (
            np.array(RIGHT[name]) / 100 for name in ("base", "nothing", f"only {piece}", f"without {piece}")
        )
        alone, on_top = only - nothing, base - without
        assert (row.alone, row.on_top) == (pytest.approx(alone.mean()), pytest.approx(on_top.mean()))
        right = {name: 1.0 * (np.arange(100) < np.array(RIGHT[name])[:, None]) for name in RIGHT}
        test = two_way_test(right[f"only {piece}"] - right["nothing"] - right["base"] + right[f"without {piece}"])
        assert test is not None
        assert (row.p, row.low, row.high) == pytest.approx((test.p, test.low, test.high), abs=1e-9)
        assert row.seeds == (1, 2, 3)
    # Alone, the dictionary gains about 20 predictions, and on top of the aggregator about 5.
    assert rows["dictionary"].verdict == "redundant"
    assert rows["aggregator"].verdict == "none found"


def test_the_verdict_depends_on_the_better_direction_of_the_metric(make_study: MakeStudy) -> None:
    row = interactions_by_piece(study(make_study))["dictionary"]
    assert replace(row, greater_is_better=False).verdict == "synergistic"
    assert replace(row, difference=-row.difference).verdict == "synergistic"


def test_two_seeds_give_no_verdict(make_study: MakeStudy) -> None:
    two = {arm: counts[:2] for arm, counts in RIGHT.items()}
    assert {row.verdict for row in interactions_by_piece(study(make_study, two)).values()} == {"not known"}


def test_interactions_need_both_modes(make_study: MakeStudy) -> None:
    assert interactions_by_piece(study(make_study, {arm: RIGHT[arm] for arm in ("base", "without dictionary")})) == {}
