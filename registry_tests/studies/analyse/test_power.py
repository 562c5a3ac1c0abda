"""``spanreg study power``: the number of seeds that a difference needs, estimated from a pilot."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.studies.analyse.power import seed_plans
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader

GOLD = np.random.default_rng(0).integers(2, size=200)


def predictions(wrong: float, seed: int) -> list[int]:
    """Return the gold labels with a share of wrong ones."""
    flipped = np.random.default_rng(seed).random(200) < wrong
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


def write_pilot(make_study: Callable[..., Path], seeds: int, **plan: str) -> Path:
    """Write the study of a pilot with three arms, and return its folder."""
    chances = {"plain": 0.3, "spans": 0.28, "other": 0.25}
    by_arm = {
        arm: {seed: predictions(wrong, 100 * place + seed) for seed in range(1, seeds + 1)}
        for place, (arm, wrong) in enumerate(chances.items())
    }
    return make_study(by_arm, GOLD.tolist(), plan=plan)


def test_larger_differences_need_fewer_seeds(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_pilot(make_study, 4)
    found = {}
    for points in (2.0, 10.0):
        assert main(["study", "power", str(folder), "--difference", str(points), "--json"]) == 0
        found[points] = json.loads(capsys.readouterr().out)["arms"]
    assert [arm["arm"] for arm in found[10.0]] == ["spans", "other"]
    for small, large in zip(found[2.0], found[10.0], strict=True):
        assert large["seeds"] <= large["cautious"]
        assert small["power"] < large["power"]
        assert small["seeds"] is None or small["seeds"] >= large["seeds"]
    assert main(["study", "power", str(folder), "--difference", "10"]) == 0
    assert "Seeds for a star with a probability of 80%" in capsys.readouterr().out


def test_comparing_all_pairs_lowers_the_power(make_study_in: Callable[..., Path], tmp_path: Path) -> None:
    """With all pairs of three arms, three comparisons share the level, not two."""
    plans = [
        seed_plans(
            read_results(StudyReader(write_pilot(partial(make_study_in, tmp_path / str(place)), 4, **plan))), 10.0
        )
        for place, plan in enumerate(({}, {"compare": "all"}))
    ]
    for with_baseline, with_all in zip(*plans, strict=True):
        assert with_baseline.power is not None
        assert with_all.power is not None
        assert with_all.power < with_baseline.power


def test_a_pilot_of_two_seeds_is_reported_as_too_small(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "power", str(write_pilot(make_study, 2)), "--difference", "1", "--json"]) == 0
    assert {arm["problem"] for arm in json.loads(capsys.readouterr().out)["arms"]} == {"a pilot needs at least 3 seeds"}


@pytest.mark.parametrize("options", [["--difference", "0"], ["--difference", "1", "--power", "1.5"]])
def test_options_out_of_range_are_reported(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["study", "power", str(write_pilot(make_study, 3)), *options]) == 2
    assert "out of range" in capsys.readouterr().err
