"""Measure the speed of fine-tuning and inference against transformers' Trainer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

import torch

from spanreg.benchmarks.harness.measure import TurnTimes, take_turns
from spanreg.benchmarks.harness.relay import relay
from spanreg.benchmarks.harness.report import BenchReport
from spanreg.benchmarks.harness.scenes import Size, TrainingSetup, make_scene
from spanreg.benchmarks.trainers import TrainingContestant, encoder_flops, spanreg_trainer, transformers_trainer
from spanreg.training.config.precision import DTYPES, Precision, resolve_precision, training_device
from spanreg.training.loop.quiet import quiet_libraries

OURS: Final = "spanreg, none"
SPANS: Final = "spanreg, hierarchical_cnn"
RIVAL: Final = "transformers, group_by_length"
PADDED: Final = "transformers, padded to the longest allowed"
FEWEST_REPEATS: Final = 5
_MATRIX: Final[dict[Size, int]] = {"small": 256, "minilm": 2048, "base": 2048}
"Width of the matrices whose product shows the speed that the machine can reach."


def bench_training(size: Size, repeats: int, folder: Path, block: int | None = None) -> BenchReport:
    """Train with all contestants in turn, a block of steps each, then score the validation split with each.

    Every contestant is one run, which pauses during the turns of the others; its first block is not measured.

    Args:
        size: size of encoder and data; the goal applies to ``minilm``.
        repeats: number of measured blocks, at least ``FEWEST_REPEATS``.
        folder: folder for generated encoders and texts.
        block: steps of a block; default: depends on the size.

    Raises:
        ConfigurationError: the data or the encoder of the size are not available.
    """
    quiet_libraries()
    scene, rounds = make_scene(size, folder, block), max(repeats, FEWEST_REPEATS)
    device = training_device()
    precision = resolve_precision("auto", device)
    # One block more than rounds, for the warm-up.
    contestants = _contestants(scene, folder, precision, (rounds + 1) * scene.block)
    with relay({name: one.runner for name, one in contestants.items()}) as runners:
        turns = take_turns(runners, rounds)
    inference = take_turns({name: one.infer for name, one in contestants.items() if name != PADDED}, rounds)
    report = BenchReport("training")
    _add_rates(report, scene, contestants, turns)
    _add_ratios(report, contestants, turns, goal=">= 1.1" if size == "minilm" else None)
    _add_shares(report, scene, contestants, turns, matrix_rate(precision, device, _MATRIX[size]))
    for name in inference.seconds:
        report.add(f"{name}: scoring the validation split", inference.of(name), "s")
        if name not in (RIVAL, PADDED):
            report.add(f"{name}: scoring, against {RIVAL}", inference.times_faster(name, RIVAL), "x")
        report.add(f"{name}: validation accuracy after training", contestants[name].infer(), "")
    report.about = {
        "size": size,
        "batch": scene.batch_size,
        "steps a block": scene.block,
        "device": device.type,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "repeats": rounds,
    }
    return report


def _contestants(scene: TrainingSetup, folder: Path, precision: Precision, steps: int) -> dict[str, TrainingContestant]:
    """Return all contestants; compiled ones on a GPU only."""
    ours = partial(spanreg_trainer, scene, folder, precision, steps)
    theirs = partial(transformers_trainer, scene, folder, precision, steps)
    contestants = {OURS: ours("none"), SPANS: ours("hierarchical_cnn"), RIVAL: theirs()}
    if not scene.full:
        contestants[PADDED] = theirs(padded=True)
    if training_device().type == "cuda":
        contestants[f"{OURS}, compiled"] = ours("none", compiled=True)
        contestants[f"{SPANS}, compiled"] = ours("hierarchical_cnn", compiled=True)
        contestants[f"{RIVAL}, compiled"] = theirs(compiled=True)
    return contestants


def matrix_rate(precision: Precision, device: torch.device, width: int) -> float:
    """Return the floating-point operations per second of a product of square matrices, the best of several."""
    one, other = torch.randn(2, width, width, device=device).to(DTYPES[precision])

    def multiply() -> None:
        torch.mm(one, other.T)
        if device.type == "cuda":
            torch.cuda.synchronize()

    seconds = take_turns({"multiply": multiply}, FEWEST_REPEATS).seconds["multiply"]
    # The shortest time, since all disturbances make a product slower.
    return 2 * width**3 / min(seconds)


def _measured(scene: TrainingSetup, contestant: TrainingContestant, rounds: int) -> list[list[tuple[int, int]]]:
    """Return the shapes of the measured batches, block by block."""
    # The first block is the warm-up.
    bounds = [scene.block * (turn + 1) for turn in range(rounds + 1)]
    return [contestant.shapes[first:last] for first, last in pairwise(bounds)]


def _add_rates(
    report: BenchReport, scene: TrainingSetup, contestants: Mapping[str, TrainingContestant], turns: TurnTimes
) -> None:
    """Add the training speed of each contestant."""
    for name, contestant in contestants.items():
        seconds = turns.seconds[name]
        blocks = _measured(scene, contestant, len(seconds))
        rates = [sum(size for size, _ in block) / time for block, time in zip(blocks, seconds, strict=True)]
        places = sum(size * tokens for block in blocks for size, tokens in block)
        note = f"{places / sum(size for block in blocks for size, _ in block):.1f} tokens each, padding included"
        report.add(f"{name}: training", median(rates), "examples/s", note=note)


def _add_ratios(
    report: BenchReport, contestants: Mapping[str, TrainingContestant], turns: TurnTimes, goal: str | None
) -> None:
    """Add ratios of block times, which compare speeds since all blocks have the same number of examples."""
    report.add(f"{OURS}: against {RIVAL}", turns.times_faster(OURS, RIVAL), "x", goal)
    for name in contestants:
        if name not in (OURS, RIVAL):
            report.add(f"{name}: against {RIVAL}", turns.times_faster(name, RIVAL), "x")
    # Processor time leaves out most of what other processes do; on a GPU it measures nothing useful.
    if training_device().type == "cpu":
        note = "steadier than wall time on a shared machine"
        for name in (OURS, SPANS):
            ratio = turns.by_processor().times_faster(name, RIVAL)
            report.add(f"{name}: against {RIVAL}, processor time", ratio, "x", note=note)


def _add_shares(
    report: BenchReport,
    scene: TrainingSetup,
    contestants: Mapping[str, TrainingContestant],
    turns: TurnTimes,
    rate: float,
) -> None:
    """Add the share of the machine's speed in matrix products that a training reaches."""
    report.add("a product of large matrices", rate / 1e9, "GFLOP/s")
    for name in (OURS, RIVAL):
        seconds = turns.seconds[name]
        blocks = _measured(scene, contestants[name], len(seconds))
        reached = [sum(encoder_flops(scene, block)) / time / rate for block, time in zip(blocks, seconds, strict=True)]
        report.add(f"{name}: share of that rate in the encoder's products", 100 * median(reached), "%")
