"""Learning-rate range test: which learning rates does a config learn at?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments, set_seed

from spanreg.preparation import SpanCollator
from spanreg.registry import ConfigurationError, Params, in_file
from spanreg.training.config.assembly import TRAIN, assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.precision import resolve_precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.sweep_options import sweep_options

SMOOTHING = 0.9
"Weight of the past in the smoothed loss."
DIVERGED = 4.0
"A smoothed loss of so many times the lowest one ends the sweep."
_FEWEST = 10
_NARROWEST = 3


@dataclass(frozen=True, slots=True)
class Sweep:
    """From which to which learning rate, in how many steps."""

    start: float = 1e-7
    end: float = 1.0
    steps: int = 100

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; the steps' ratios are all the same."""
        return self.start * math.exp(math.log(self.end / self.start) * step / (self.steps - 1))


@dataclass(frozen=True, slots=True)
class Point:
    """One optimiser step."""

    step: int
    "Counted from 1."
    learning_rate: float
    loss: float
    "Of the step's batch, before its update."
    smoothed: float
    "Exponential mean of the losses so far, freed of the bias of its first steps."


@dataclass(frozen=True, slots=True)
class RangeTest:
    """What a sweep found."""

    points: tuple[Point, ...]
    suggestions: dict[str, float]
    "``steepest`` and ``minimum_over_ten``, as far as the curve has them."
    ended: Literal["finished", "diverged"]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def find_learning_rate(
    params: Params, sweep: Sweep | None = None, callbacks: Sequence[TrainerCallback] = ()
) -> RangeTest:
    """Trains for a few steps while the learning rate grows exponentially, and looks at the loss.

    The test of Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, in its exponential form. Data,
    model, optimiser, batches and seed are the config's, its schedule and its number of epochs are not used; weights
    that have learning rates of their own keep their ratios. Nothing is evaluated, saved or kept.

    Args:
        params: the resolved config; it is not changed.
        sweep: the learning rates; default: 1e-7 to 1 in 100 steps.
        callbacks: further callbacks of the Trainer, progress bars among them; the config's own are not called.

    Raises:
        ConfigurationError: the sweep is none, or the config or its data cannot be used.
    """
    sweep = sweep or Sweep()
    _check(sweep)
    config = params.as_dict(quiet=True)
    experiment = Experiment.from_params(params.duplicate())
    device = training_device()
    precision = resolve_precision(experiment.training.precision, device)
    options = sweep_options(experiment.training, sweep.steps)
    with TemporaryDirectory(prefix="spanreg-") as folder, in_file(params.origin.file):
        assembly = assemble(experiment, config)
        curve = LossCurve(sweep)
        trainer = _SweepTrainer(
            assembly.model,
            assembly.splits[TRAIN],
            SpanCollator(assembly.tokenizer),
            options,
            trainer_arguments(
                options, Path(folder), seed=experiment.seed, precision=precision, device=device, evaluate=False
            ),
            dict,
            callbacks=[curve, *callbacks],
        )
        trainer.sweep = sweep
        # a loss that is not finite is a finding here, not a mistake
        trainer.loss_watch = curve  # type: ignore[assignment]
        set_seed(experiment.seed)
        trainer.train()
    return RangeTest(tuple(curve.points), suggest_learning_rates(curve.points), curve.ended)


def suggest_learning_rates(points: Sequence[Point]) -> dict[str, float]:
    """Two rules of thumb for the highest learning rate of a run.

    ``steepest``: the middle of the window in which the loss falls fastest over the logarithm of the learning rate, by a
    line of least squares, since from one batch to the next there is mostly noise; windows are a fifth of the curve and
    end before the lowest smoothed loss. ``minimum_over_ten``: a tenth of where the smoothed loss is lowest. A loss that
    never falls over a window has no suggestion.
    """
    width = max(_NARROWEST, len(points) // 5)
    lowest = min(range(len(points)), key=lambda row: points[row].smoothed, default=0)
    windows = [points[first : first + width] for first in range(lowest + 2 - width)]
    if not windows:
        return {}
    slopes = [_slope(window) for window in windows]
    steepest = min(range(len(slopes)), key=slopes.__getitem__)
    if slopes[steepest] >= 0:
        return {}
    middle = windows[steepest][width // 2]
    return {"steepest": middle.learning_rate, "minimum_over_ten": points[lowest].learning_rate / 10}


def _slope(window: Sequence[Point]) -> float:
    """Change of the loss by a factor of e in the learning rate."""
    rates = np.log([point.learning_rate for point in window])
    return float(np.polyfit(rates, [point.loss for point in window], deg=1)[0])


class LossCurve(TrainerCallback):
    """Collects the losses of a sweep in the place of a ``LossWatch``, and ends the sweep when they diverge."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.points: list[Point] = []
        self.ended: Literal["finished", "diverged"] = "finished"
        self._batches: list[Tensor] = []
        self._mean = 0.0

    def see(self, loss: Tensor, step: int, examples: Tensor | None = None) -> None:
        """Takes note of a batch's share of a step's loss."""
        self._batches.append(loss.detach())

    def require_finite(self) -> None:
        """Nothing: the sweep ends by itself."""

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        loss = float(torch.stack(self._batches).sum())
        self._batches.clear()
        if math.isfinite(loss):
            self._add(loss)
        if not math.isfinite(loss) or self.points[-1].smoothed > DIVERGED * min(one.smoothed for one in self.points):
            self.ended = "diverged"
            control.should_training_stop = True

    def _add(self, loss: float) -> None:
        count = len(self.points)
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        smoothed = self._mean / (1 - SMOOTHING ** (count + 1))
        self.points.append(Point(count + 1, self.sweep.learning_rate(count), loss, smoothed))


class _SweepTrainer(SpanTrainer):
    """The trainer of a run with the sweep for its schedule."""

    sweep: Sweep

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        stepped = optimizer or self.optimizer
        assert stepped is not None
        self.lr_scheduler = LambdaLR(stepped, lambda step: self.sweep.learning_rate(step) / self.options.learning_rate)
        self._created_lr_scheduler = True
        return self.lr_scheduler


def _check(sweep: Sweep) -> None:
    if not 0 < sweep.start < sweep.end < math.inf:
        problem = f"a sweep from {sweep.start:g} to {sweep.end:g} does not rise"
        raise ConfigurationError(problem, hint="give a positive --start that is below --end")
    if sweep.steps < _FEWEST:
        raise ConfigurationError(f"{sweep.steps} steps make no curve", hint=f"give at least {_FEWEST} by --steps")
