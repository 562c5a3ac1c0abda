"""Learning-rate range test: its sweep, its suggestions, and no files left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spanreg.registry import ConfigurationError, Params
from spanreg.training import find_lr
from spanreg.training.find_lr import (
    LearningRateSweep,
    SweepPoint,
    SweepRecorder,
    find_learning_rate,
    suggest_learning_rates,
)

MakeConfig = Callable[..., dict[str, Any]]


class TrainerControlStub:
    """Stands in for ``transformers.TrainerControl``: only the field that ends a training."""

    should_training_stop = False


def observe_losses(recorder: SweepRecorder, losses: Sequence[float]) -> TrainerControlStub:
    """Pass the losses to a recorder, one batch a step, until it ends the sweep."""
    control = TrainerControlStub()
    for step, loss in enumerate(losses, start=1):
        recorder.observe(torch.tensor(loss), step)
        recorder.on_step_end(None, None, control)  # type: ignore[arg-type]
        if control.should_training_stop:
            break
    return control


def test_the_sweep_is_exponential() -> None:
    rates = [LearningRateSweep(1e-6, 1e-2, 5).learning_rate(step) for step in range(5)]
    assert rates == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2])


def test_smoothed_losses_equal_a_slow_loop() -> None:
    losses = [1.0, 0.5, 0.75, 0.25, 0.5]
    recorder = SweepRecorder(LearningRateSweep(steps=5))
    observe_losses(recorder, losses)
    for count, point in enumerate(recorder.points, start=1):
        weights = [find_lr.SMOOTHING ** (count - 1 - row) for row in range(count)]
        mean = sum(weight * loss for weight, loss in zip(weights, losses[:count], strict=True)) / sum(weights)
        assert point.smoothed == pytest.approx(mean)
    assert [point.step for point in recorder.points] == [1, 2, 3, 4, 5]
    assert recorder.ended == "finished"


def test_losses_of_accumulated_batches_are_summed() -> None:
    recorder = SweepRecorder(LearningRateSweep())
    recorder.observe(torch.tensor(0.25), 1)
    recorder.observe(torch.tensor(0.5), 1)
    recorder.on_step_end(None, None, TrainerControlStub())  # type: ignore[arg-type]
    assert [point.loss for point in recorder.points] == [0.75]


@pytest.mark.parametrize("last", [math.nan, math.inf, 1000.0])
def test_the_sweep_ends_where_the_loss_diverges(last: float) -> None:
    recorder = SweepRecorder(LearningRateSweep())
    control = observe_losses(recorder, [1.0, 0.9, last, 0.8])
    assert control.should_training_stop
    assert recorder.ended == "diverged"
    # A loss that is not finite is not a point of the curve.
    assert len(recorder.points) == (3 if math.isfinite(last) else 2)


def record_curve(losses: Sequence[float], sweep: LearningRateSweep) -> list[SweepPoint]:
    """Return the points of a sweep with these losses."""
    recorder = SweepRecorder(sweep)
    observe_losses(recorder, losses)
    return recorder.points


def test_rates_before_the_minimum_of_the_curve_are_suggested() -> None:
    sweep = LearningRateSweep(1e-6, 1.0, 100)
    rates = [sweep.learning_rate(step) for step in range(100)]
    noise = np.random.default_rng(1).normal(0, 0.02, 100)
    # The loss falls around 1e-3, and rises steeply from 1e-1 on.
    losses = [1 / (1 + rate / 1e-3) + (10 * rate) ** 2 + shift for rate, shift in zip(rates, noise, strict=True)]
    suggestions = suggest_learning_rates(record_curve(losses, sweep))
    assert 3e-4 < suggestions["steepest"] < 3e-3
    assert 1e-3 < suggestions["minimum_over_ten"] < 2e-2


@pytest.mark.parametrize("losses", [[], [1.0, 0.9], [float(step) for step in range(1, 50)], [1.0] * 50])
def test_a_loss_that_never_falls_gives_no_suggestion(losses: list[float]) -> None:
    assert suggest_learning_rates(record_curve(losses, LearningRateSweep())) == {}


def test_equal_sweeps_give_equal_points_and_leave_no_files(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    params = Params(make_config({"learning_rate": 3e-3, "accumulation": 2}))
    sweep = LearningRateSweep(1e-5, 1e-1, 12)
    first, second = find_learning_rate(params, sweep), find_learning_rate(params, sweep)
    assert first == second
    assert [point.learning_rate for point in first.points] == [sweep.learning_rate(step) for step in range(12)]
    assert 0.4 < first.points[0].loss < 1.2  # ln 2 = 0.69 is the loss of two equally likely labels
    assert list(tmp_path.iterdir()) == []


def test_weights_are_trained_at_the_rates_of_the_sweep(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []

    class RateRecorder(SweepRecorder):
        def on_pre_optimizer_step(self, *arguments: Any, optimizer: Any, **kwargs: Any) -> None:
            rates.append(max(group["lr"] for group in optimizer.param_groups))

    monkeypatch.setattr(find_lr, "SweepRecorder", RateRecorder)
    sweep = LearningRateSweep(1e-5, 1e-2, 10)
    find_learning_rate(Params(make_config({"learning_rate": 3e-3})), sweep)
    assert rates == pytest.approx([sweep.learning_rate(step) for step in range(10)])


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (
            LearningRateSweep(1e-2, 1e-3),
            "the sweep from 0.01 to 0.001 does not rise. give a positive --start below --end",
        ),
        (LearningRateSweep(0.0, 1.0), "the sweep from 0 to 1 does not rise. give a positive --start below --end"),
        (
            LearningRateSweep(1e-5, math.nan),
            "the sweep from 1e-05 to nan does not rise. give a positive --start below --end",
        ),
        (LearningRateSweep(steps=9), "9 steps are too few for a curve. give at least 10 by --steps"),
    ],
)
def test_invalid_sweeps_are_rejected(sweep: LearningRateSweep, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_learning_rate(Params({}), sweep)
    assert str(caught.value) == message
