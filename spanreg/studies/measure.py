"""What a study will cost, and which arms change nothing: every arm is built for real, and a few steps are timed."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.preparation import SpanCollator
from spanreg.registry import Params
from spanreg.storage import hash_json
from spanreg.studies.arms import Arm
from spanreg.studies.plan import StudyPlan
from spanreg.training.arguments import trainer_arguments
from spanreg.training.assembly import TRAIN, Assembly, assemble
from spanreg.training.experiment import Experiment
from spanreg.training.precision import resolve_precision, training_device
from spanreg.training.record import count_parameters
from spanreg.training.sweep_options import sweep_options
from spanreg.training.trainer import SpanTrainer

logger = logging.getLogger(__name__)

STEPS = 8
"Steps that are timed for each distinct model; the first ones, in which memory is found, are not counted."
_WARM_UP = 3
_SPANS = ("dictionary", "segmenter")


@dataclass(frozen=True, slots=True)
class MeasuredArm:
    """What was seen of one arm."""

    arm: str
    parameters: int
    "All weights."
    trained: int
    "Weights that are trained."
    steps: int
    "Of one run."
    step_seconds: float
    "Median time of a step, as measured for this arm's model."
    spans: str
    "Hash of all splits' span ids."
    way: str
    "Hash of how they are asked for: dictionary and segmenter as the config has them."
    dictionary: str | None
    "Hash of the dictionary's content."
    prepared: tuple[str, ...]
    "Cache entries of its prepared splits."
    model: str
    "Hash of what the model is made of; arms that share it are timed once."

    @property
    def seconds(self) -> float:
        """Estimated time of one run's training, evaluation not counted."""
        return self.steps * self.step_seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen of a study."""

    arms: list[MeasuredArm]
    runs: dict[str, int]
    "Number of runs by arm; arms of the same config share theirs, which count for the first."

    @property
    def seconds(self) -> float:
        """Estimated time of all trainings one after the other."""
        return sum(self.runs[arm.arm] * arm.seconds for arm in self.arms)

    @property
    def same_spans(self) -> list[list[str]]:
        """Groups of arms that ask for different spans and get the same: such an ablation changes nothing."""
        first: dict[tuple[str, str], str] = {}
        for arm in self.arms:
            first.setdefault((arm.spans, arm.way), arm.arm)
        groups: dict[str, list[str]] = {}
        for (spans, _), name in first.items():
            groups.setdefault(spans, []).append(name)
        return [group for group in groups.values() if len(group) > 1]

    def sharing(self, name: str) -> list[list[str]]:
        """Names of the arms that have one ``dictionary``, ``prepared`` data, ``model`` or ``spans`` in common."""
        groups: dict[Any, list[str]] = {}
        for arm in self.arms:
            if getattr(arm, name):
                groups.setdefault(getattr(arm, name), []).append(arm.arm)
        return [group for group in groups.values() if len(group) > 1]


def measure(plan: StudyPlan, steps: int = STEPS) -> Measured:
    """Builds every arm under its first seed, prepares its data (into the cache, where the runs find them) and times it.

    Raises:
        ConfigurationError: the data or the model of an arm cannot be had.
    """
    times: dict[str, float] = {}
    arms = []
    for arm in plan.arms:
        logger.info("measuring %s", arm.name)
        arms.append(_measure(arm, times, steps))
    first = {hash_json(arm.config): arm.name for arm in reversed(plan.arms)}
    runs = {arm.name: len(arm.seeds) if first[hash_json(arm.config)] == arm.name else 0 for arm in plan.arms}
    return Measured(arms, runs)


def _measure(arm: Arm, times: dict[str, float], steps: int) -> MeasuredArm:
    config = {**arm.config, "seed": arm.seeds[0]}
    experiment = Experiment.from_params(Params(config).duplicate())
    assembly = assemble(experiment, config)
    counted = count_parameters(assembly.model)
    # What spans there are changes a step's time little, what is made of them changes it much.
    model = hash_json({key: value for key, value in arm.config.items() if key not in _SPANS})
    with TemporaryDirectory(prefix="spanreg-") as folder:
        clock = _Clock()
        trainer = _trainer(experiment, assembly, steps, clock, Path(folder))
        steps_of_a_run = _steps_of_a_run(experiment, len(trainer.get_train_dataloader()))
        if model not in times:
            trainer.run()
            times[model] = clock.median()
    dictionary = experiment.dictionary
    return MeasuredArm(
        arm=arm.name,
        parameters=counted["all"],
        trained=counted["trained"],
        steps=steps_of_a_run,
        step_seconds=times[model],
        spans=hash_json({name: split.spans_sha256 for name, split in assembly.splits.items()}),
        way=hash_json({key: arm.config.get(key) for key in _SPANS}),
        dictionary=None if dictionary is None else dictionary.fingerprint(),
        prepared=tuple(split.key for split in assembly.splits.values()),
        model=model,
    )


def _steps_of_a_run(experiment: Experiment, batches: int) -> int:
    options = experiment.training
    if options.max_steps is not None:
        return options.max_steps
    return math.ceil(options.epochs * math.ceil(batches / options.accumulation))


def _trainer(
    experiment: Experiment, assembly: Assembly, steps: int, clock: TrainerCallback, folder: Path
) -> SpanTrainer:
    """A training of a few steps that leaves nothing."""
    asked = experiment.training
    options = replace(sweep_options(asked, _WARM_UP + steps), log_every=asked.log_every)
    device = training_device()
    precision = resolve_precision(options.precision, device)
    return SpanTrainer(
        assembly.model,
        assembly.splits[TRAIN],
        SpanCollator(assembly.tokenizer),
        options,
        trainer_arguments(options, folder, seed=experiment.seed, precision=precision, device=device, evaluate=False),
        dict,
        callbacks=[clock],
    )


class _Clock(TrainerCallback):
    """Takes the time at the end of every step."""

    def __init__(self) -> None:
        self._ends: list[float] = []

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self._ends.append(time.perf_counter())

    def median(self) -> float:
        """Seconds between two ends of steps."""
        ends: Sequence[float] = self._ends[_WARM_UP - 1 :]
        return median(after - before for before, after in pairwise(ends))
