"""Learning-rate range test: train a few steps while the learning rate grows, and suggest one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
from spanreg.training.config.experiment_plan import ExperimentPlan, plan_experiment
from spanreg.training.config.precision import resolve_precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.sweep_options import sweep_options

SMOOTHING = 0.9
"Weight of the earlier losses in the smoothed loss."
DIVERGED = 4.0
"Ratio of the smoothed loss to its minimum at which the sweep stops."
_MINIMUM_STEPS = 10
"Fewest points from which a curve can be read."
_MINIMUM_WINDOW = 3
"Fewest points of a window: a line through two of them would only follow the noise."


@dataclass(frozen=True, slots=True)
class LearningRateSweep:
    """The learning rates of a range test, in equal ratios.

    ``LearningRateSweep(start=1e-6, end=0.1, steps=50)``
    """

    start: float = 1e-7
    end: float = 1.0
    steps: int = 100

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self.start * math.exp(math.log(self.end / self.start) * step / (self.steps - 1))


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One optimizer step of a sweep.

    ``result.points[0].loss``
    """

    step: int
    "Counted from 1."
    learning_rate: float
    loss: float
    "Loss of the step's batch, before its update."
    smoothed: float
    "Exponential mean of the losses so far, corrected for the bias of the first steps."


@dataclass(frozen=True, slots=True)
class RangeTestResult:
    """Losses and suggestions of a range test.

    ``find_learning_rate(params).suggestions["steepest"]``
    """

    points: tuple[SweepPoint, ...]
    suggestions: dict[str, float]
    "``steepest`` and ``minimum_over_ten``; a loss that never falls has none."
    ended: Literal["finished", "diverged"]

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON."""
        return asdict(self)


def find_learning_rate(
    params: Params | ExperimentPlan, sweep: LearningRateSweep | None = None, callbacks: Sequence[TrainerCallback] = ()
) -> RangeTestResult:
    """Train for a few steps while the learning rate grows exponentially, and record the loss.

    The test of Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, in its exponential form. Data,
    model, optimizer, batches and seed are the config's; its schedule and number of epochs are not used. Groups
    of weights keep the ratios of their learning rates. Nothing is evaluated or saved.

    Args:
        params: the resolved config, which is not changed, or its plan.
        sweep: the learning rates; default: 1e-7 to 1 in 100 steps.
        callbacks: further callbacks of the Trainer, such as progress bars; the config's own are not called.

    Raises:
        ConfigurationError: the sweep does not rise or is too short, or config or data cannot be used.
    """
    sweep = sweep or LearningRateSweep()
    _require_rising(sweep)
    plan = plan_experiment(params)
    experiment = plan.construct()
    device = training_device()
    precision = resolve_precision(experiment.training.precision, device)
    options = sweep_options(experiment.training, sweep.steps)
    # The Trainer needs a folder, although nothing is saved.
    with TemporaryDirectory(prefix="spanreg-") as folder, in_file(plan.params.origin.file):
        assembly = assemble(experiment)
        curve = SweepRecorder(sweep)
        trainer = _SweepTrainer(
            assembly.model,
            assembly.splits[TRAIN],
            SpanCollator(assembly.tokenizer),
            options,
            trainer_arguments(
                options, Path(folder), seed=experiment.seed, precision=precision, device=device, evaluate=False
            ),
            dict,  # no metrics, since a sweep evaluates nothing
            callbacks=[curve, *callbacks],
        )
        trainer.sweep = sweep
        # A loss that is not finite is a result here, not a mistake.
        trainer.loss_watch = curve
        set_seed(experiment.seed)
        trainer.train()
    return RangeTestResult(tuple(curve.points), suggest_learning_rates(curve.points), curve.ended)


def suggest_learning_rates(points: Sequence[SweepPoint]) -> dict[str, float]:
    """Return suggestions for the highest learning rate of a run, by two rules of thumb.

    ``steepest``: the middle of the window in which the loss falls fastest over the logarithm of the learning rate, by a
    least-squares line, because the loss of single batches is mostly noise; a window is a fifth of the curve and ends
    at the lowest smoothed loss or before. ``minimum_over_ten``: a tenth of the learning rate with the lowest smoothed
    loss.
    The result is empty if the loss falls in no window.
    """
    width = max(_MINIMUM_WINDOW, len(points) // 5)
    lowest = min(range(len(points)), key=lambda row: points[row].smoothed, default=0)
    windows = [points[first : first + width] for first in range(lowest + 2 - width)]
    if not windows:
        return {}
    slopes = [_slope(window) for window in windows]
    steepest = min(range(len(slopes)), key=slopes.__getitem__)
    # A loss that rises in every window has no descent to suggest.
    if slopes[steepest] >= 0:
        return {}
    middle = windows[steepest][width // 2]
    return {"steepest": middle.learning_rate, "minimum_over_ten": points[lowest].learning_rate / 10}


def _slope(window: Sequence[SweepPoint]) -> float:
    """Return the change of the loss over a factor of e in the learning rate."""
    rates = np.log([point.learning_rate for point in window])
    return float(np.polyfit(rates, [point.loss for point in window], deg=1)[0])


class SweepRecorder(TrainerCallback):
    """Records the losses of a sweep instead of a ``LossWatch``, and stops the sweep when they diverge.

    ``SweepRecorder(LearningRateSweep()).points``
    """

    def __init__(self, sweep: LearningRateSweep) -> None:
        self.sweep = sweep
        self.points: list[SweepPoint] = []
        self.ended: Literal["finished", "diverged"] = "finished"
        self._batches: list[Tensor] = []
        self._mean = 0.0

    def observe(self, loss: Tensor, step: int, examples: Tensor | None = None) -> None:
        """Add the share of a batch in the loss of its step."""
        self._batches.append(loss.detach())

    def observe_scores(self, figures: Mapping[str, Mapping[str, float]], step: int) -> None:
        """Do nothing: a sweep evaluates nothing."""

    def require_finite(self) -> None:
        """Do nothing: the sweep stops when the loss diverges."""

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        loss = float(torch.stack(self._batches).sum())  # the batches of a step have their shares of its mean loss
        self._batches.clear()
        if math.isfinite(loss):
            self._add(loss)
        if not math.isfinite(loss) or self.points[-1].smoothed > DIVERGED * min(one.smoothed for one in self.points):
            self.ended = "diverged"
            control.should_training_stop = True

    def _add(self, loss: float) -> None:
        count = len(self.points)
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        # The mean starts at 0; dividing by the sum of all weights so far removes that bias, as in Adam.
        smoothed = self._mean / (1 - SMOOTHING ** (count + 1))
        self.points.append(SweepPoint(count + 1, self.sweep.learning_rate(count), loss, smoothed))


class _SweepTrainer(SpanTrainer):
    """The trainer of a run, with the sweep as its schedule."""

    sweep: LearningRateSweep

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        stepped = optimizer or self.optimizer
        assert stepped is not None
        # A factor for all groups, so that groups with learning rates of their own keep their ratios.
        self.lr_scheduler = LambdaLR(stepped, lambda step: self.sweep.learning_rate(step) / self.options.learning_rate)
        return self.lr_scheduler


def _require_rising(sweep: LearningRateSweep) -> None:
    """Check that the learning rate rises over enough steps."""
    if not 0 < sweep.start < sweep.end < math.inf:
        problem = f"the sweep from {sweep.start:g} to {sweep.end:g} does not rise"
        raise ConfigurationError(problem, hint="give a positive --start below --end")
    if sweep.steps < _MINIMUM_STEPS:
        problem = f"{sweep.steps} steps are too few for a curve"
        raise ConfigurationError(problem, hint=f"give at least {_MINIMUM_STEPS} by --steps")
