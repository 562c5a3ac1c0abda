"""Add one and leave one out, against a computation by hand."""

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
"Right answers of 100, by arm and seed."


def study(make_study: MakeStudy, right: dict[str, list[int]] = RIGHT) -> Path:
    made: dict[str, Any] = {
        arm: {seed: [1] * count + [0] * (100 - count) for seed, count in enumerate(counts, 1)}
        for arm, counts in right.items()
    }
    return make_study(made, [1] * 100, arms={"base": {"choice": {}}})


def found(folder: Path) -> dict[str, PieceInteraction]:
    return {row.piece: row for row in interactions(read_results(StudyReader(folder)))}


def test_by_hand(make_study: MakeStudy) -> None:
    rows = found(study(make_study))
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
    assert rows["dictionary"].verdict == "redundant"
    assert rows["aggregator"].verdict == "none found"


def test_the_verdict_turns_with_the_figure(make_study: MakeStudy) -> None:
    row = found(study(make_study))["dictionary"]
    assert replace(row, greater_is_better=False).verdict == "synergistic"
    assert replace(row, difference=-row.difference).verdict == "synergistic"


def test_two_seeds_say_nothing(make_study: MakeStudy) -> None:
    two = {arm: counts[:2] for arm, counts in RIGHT.items()}
    assert {row.verdict for row in found(study(make_study, two)).values()} == {"not known"}


def test_both_modes_are_needed(make_study: MakeStudy) -> None:
    assert found(study(make_study, {arm: RIGHT[arm] for arm in ("base", "without dictionary")})) == {}
