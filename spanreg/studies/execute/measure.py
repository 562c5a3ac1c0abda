"""Estimate the cost of a study, and find arms that change nothing, by building each arm and timing a few steps."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.executors.threads import worker_threads
from spanreg.preparation import SpanCollator
from spanreg.registry import Params
from spanreg.storage import hash_json
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.plan import StudyPlan
from spanreg.training.config.assembly import TRAIN, AssembledExperiment, assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.precision import resolve_precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.data.sampling import EpochSampler
from spanreg.training.evaluation.batch_predictor import BatchPredictor
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.runs.record import count_parameters
from spanreg.training.sweep_options import sweep_options

logger = logging.getLogger(__name__)

STEPS = 8
"Timed steps for each distinct model, after a warm-up in which memory is allocated."
_WARM_UP = 3
"Steps before the timed ones."
_SPAN_KEYS = ("dictionary", "segmenter")


@dataclass(frozen=True, slots=True)
class ArmCost:
    """Measurements of one arm.

    ``measure(plan).arms[0].seconds``
    """

    arm: str
    parameters: int
    "Number of all weights."
    trained: int
    "Number of trained weights."
    steps: int
    "Steps of one run."
    step_seconds: float
    "Estimated mean time of a step, measured on the arm's model."
    evaluations: int
    "Evaluations of one run."
    evaluation_seconds: float
    "Estimated time of one evaluation of all splits."
    setup_seconds: float
    "Time to read prepared data and to build the model."
    spans: str
    "Hash of all splits' span ids."
    segmentation: str
    "Hash of the dictionary and segmenter sections of the config."
    dictionary: str | None
    "Hash of the dictionary's content."
    prepared: tuple[str, ...]
    "Cache entries of its prepared splits."
    model: str
    "Hash of the config without dictionary and segmenter; arms that share it are timed once."

    @property
    def seconds(self) -> float:
        """Estimated time of one run: its set-up, training and evaluations."""
        evaluating = self.evaluations * self.evaluation_seconds
        return self.setup_seconds + self.steps * self.step_seconds + evaluating


@dataclass(frozen=True, slots=True)
class StudyCost:
    """Measurements of a study.

    ``measure(plan, jobs=2).seconds``
    """

    arms: list[ArmCost]
    runs: dict[str, int]
    "Number of runs by arm; runs that arms of one config share count for the first."
    threads: int
    "Threads of a worker, with which steps were timed."

    @property
    def seconds(self) -> float:
        """Estimated time of all runs, one after the other."""
        return sum(self.runs[arm.arm] * arm.seconds for arm in self.arms)

    @property
    def same_spans(self) -> list[list[str]]:
        """Groups of arms with different segmentation settings but equal spans: such an ablation changes nothing."""
        # Arms that share both differ in something else, such as the aggregator, so the first represents them.
        first: dict[tuple[str, str], str] = {}
        for arm in self.arms:
            first.setdefault((arm.spans, arm.segmentation), arm.arm)
        groups: dict[str, list[str]] = {}
        for (spans, _), name in first.items():
            groups.setdefault(spans, []).append(name)
        return [group for group in groups.values() if len(group) > 1]

    def sharing(self, name: str) -> list[list[str]]:
        """Return groups of arms that share a ``dictionary``, ``prepared`` data, a ``model`` or ``spans``."""
        groups: dict[Any, list[str]] = {}
        for arm in self.arms:
            if getattr(arm, name):
                groups.setdefault(getattr(arm, name), []).append(arm.arm)
        return [group for group in groups.values() if len(group) > 1]


def measure(plan: StudyPlan, steps: int = STEPS, jobs: int = 1) -> StudyCost:
    """Build every arm under its first seed, prepare its data (into the cache that runs use) and time it.

    Args:
        plan: the study.
        steps: number of timed steps for each distinct model.
        jobs: runs at a time, which share the cores; steps are timed with the threads of one worker.

    Raises:
        ConfigurationError: the data or the model of an arm cannot be loaded.
    """
    times: dict[str, ModelTimes] = {}
    # Workers share the cores, so a step in a worker is slower than one that uses all threads.
    before, threads = torch.get_num_threads(), worker_threads(jobs)
    torch.set_num_threads(threads)
    try:
        arms = []
        for arm in plan.arms:
            logger.info("measuring %s", arm.name)
            arms.append(_measure(arm, times, steps))
    finally:
        torch.set_num_threads(before)
    # Reversed, so that the first arm of a config wins.
    first = {hash_json(arm.config): arm.name for arm in reversed(plan.arms)}
    folds = plan.study.folds.number if plan.study.folds else 1
    runs = {arm.name: folds * len(arm.seeds) if first[hash_json(arm.config)] == arm.name else 0 for arm in plan.arms}
    return StudyCost(arms, runs, threads)


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """Measured seconds of one distinct model.

    ``ModelTimes(step=0.1, evaluation=2.0, setup=1.0)``
    """

    step: float
    evaluation: float
    setup: float


def _measure(arm: Arm, times: dict[str, ModelTimes], steps: int) -> ArmCost:
    config = {**arm.config, "seed": arm.seeds[0]}
    # A deep copy, since reading a config removes its keys.
    experiment = Experiment.from_params(Params(config).duplicate())
    assembly = assemble(experiment)
    counted = count_parameters(assembly.model)
    # The time of a step depends on the model far more than on the spans, so arms that differ in spans alone are timed
    # once.
    model = hash_json({key: value for key, value in arm.config.items() if key not in _SPAN_KEYS})
    # The Trainer wants a folder, although nothing is kept of these steps.
    with TemporaryDirectory(prefix="spanreg-") as folder:
        clock = _Clock()
        trainer = _trainer(experiment, assembly, steps, clock, Path(folder))
        batches = len(trainer.get_train_dataloader())
        steps_of_a_run = _steps_of_a_run(experiment, batches)
        if model not in times:
            evaluation = _evaluation_seconds(experiment, assembly)
            trainer.run()
            step = clock.median() * _typical_size(trainer, experiment.training.accumulation, steps)
            times[model] = ModelTimes(step, evaluation, _setup_seconds(config))
    dictionary = experiment.dictionary
    return ArmCost(
        arm=arm.name,
        parameters=counted["all"],
        trained=counted["trained"],
        steps=steps_of_a_run,
        step_seconds=times[model].step,
        evaluations=_evaluations_of_a_run(experiment, steps_of_a_run, batches),
        evaluation_seconds=times[model].evaluation,
        setup_seconds=times[model].setup,
        spans=hash_json({name: split.spans_sha256 for name, split in assembly.splits.items()}),
        segmentation=hash_json({key: arm.config.get(key) for key in _SPAN_KEYS}),
        dictionary=None if dictionary is None else dictionary.fingerprint(),
        prepared=tuple(split.key for split in assembly.splits.values()),
        model=model,
    )


def _setup_seconds(config: dict[str, Any]) -> float:
    """Return the seconds that a run takes before its first step, with all data prepared."""
    # Assembled a second time, since the first may have prepared the data, which a study does once for all runs.
    began = time.perf_counter()
    assemble(Experiment.from_params(Params(config).duplicate()))
    return time.perf_counter() - began


def _evaluation_seconds(experiment: Experiment, assembly: AssembledExperiment) -> float:
    """Return the estimated seconds of an evaluation, from examples of all lengths of every split."""
    options = experiment.training
    device = training_device()
    precision = resolve_precision(options.precision, device)
    size = options.evaluation_batch_size
    assembly.model.to(device)  # type: ignore[arg-type]  # transformers has wrapped it without its types
    predictor = BatchPredictor(assembly.model, SpanCollator(assembly.tokenizer), size, precision)
    seconds = 0.0
    for split in (split for name, split in assembly.splits.items() if name != TRAIN):
        lengths = np.asarray(split.dataset["length"])
        order = np.argsort(lengths, kind="stable")
        # Evenly spaced by length, so that the sample has the lengths of the whole split.
        chosen = order[np.linspace(0, len(order) - 1, min(len(order), size)).astype(int)]
        predictor(split.dataset.select(chosen[:1]), lengths[chosen[:1]])  # the first call allocates memory
        began = time.perf_counter()
        predictor(split.dataset.select(chosen), lengths[chosen])
        seconds += (time.perf_counter() - began) * lengths.sum() / max(lengths[chosen].sum(), 1)
    return float(seconds)


def _typical_size(trainer: SpanTrainer, accumulation: int, steps: int) -> float:
    """Return the mean size of an epoch's batches relative to the timed ones, in padded tokens.

    Batches of similar lengths start with the longest sequences, so the first steps are slower than the others.
    """
    sizes = _padded_tokens(trainer)
    # An epoch may be too short to have a batch after the warm-up.
    timed = sizes[_WARM_UP * accumulation : (_WARM_UP + steps) * accumulation] or sizes
    return fmean(sizes) / fmean(timed)


def _padded_tokens(trainer: SpanTrainer) -> list[int]:
    """Return the padded tokens of each batch of the first epoch, in its order."""
    lengths, size = trainer.lengths, trainer.args.train_batch_size
    trainer.order.set_epoch(0)
    if isinstance(trainer.order, EpochSampler):
        flat = list(trainer.order)
        batches = [flat[start : start + size] for start in range(0, len(flat), size)]
    else:
        batches = list(trainer.order)
    return [len(batch) * max(lengths[index] for index in batch) for batch in batches]


def _evaluations_of_a_run(experiment: Experiment, steps: int, batches: int) -> int:
    """Return how often a run evaluates, including after its last step."""
    options = experiment.training
    if options.evaluate_every is None:
        return 1
    of_an_epoch = math.ceil(batches / options.accumulation)
    return math.ceil(steps / (of_an_epoch if options.evaluate_every == "epoch" else options.evaluate_every))


def _steps_of_a_run(experiment: Experiment, batches: int) -> int:
    options = experiment.training
    if options.max_steps is not None:
        return options.max_steps
    return math.ceil(options.epochs * math.ceil(batches / options.accumulation))


def _trainer(
    experiment: Experiment, assembly: AssembledExperiment, steps: int, clock: TrainerCallback, folder: Path
) -> SpanTrainer:
    """Return the trainer of a few steps that writes no files."""
    own = experiment.training
    # Logging reads the loss from the device, so it belongs to the time of a step as often as in a run.
    options = replace(sweep_options(own, _WARM_UP + steps), log_every=own.log_every)
    device = training_device()
    precision = resolve_precision(options.precision, device)
    return SpanTrainer(
        assembly.model,
        assembly.splits[TRAIN],
        SpanCollator(assembly.tokenizer),
        options,
        trainer_arguments(options, folder, seed=experiment.seed, precision=precision, device=device, evaluate=False),
        # In place of an evaluation: ``dict()`` has no figures.
        dict,
        callbacks=[clock],
    )


class _Clock(TrainerCallback):
    """Records the time at the end of every step."""

    def __init__(self) -> None:
        self._ends: list[float] = []

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self._ends.append(time.perf_counter())

    def median(self) -> float:
        """Return the median seconds of a step, which one slow step, as when a disk is busy, does not change."""
        # A step lasts from end to end, so the first timed one begins at the end of the last warm-up step.
        ends: Sequence[float] = self._ends[_WARM_UP - 1 :]
        return median(after - before for before, after in pairwise(ends))
