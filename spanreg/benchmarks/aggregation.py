"""Measure the cost of each aggregator relative to the encoder: time, arithmetic, parameters, memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertModel

from spanreg.aggregators.base import Aggregator
from spanreg.aggregators.released_cnn import ReleasedCnn
from spanreg.benchmarks.harness.measure import TurnTimes, take_turns
from spanreg.benchmarks.harness.report import BenchReport
from spanreg.benchmarks.padded_cnn import PaddedCnn, PaddedReleasedCnn
from spanreg.training.config.precision import autocast, resolve_precision, training_device

Size = Literal["small", "minilm", "base"]

BASELINE: Final = "none"
OURS: Final = "hierarchical_cnn"
NAIVE: Final = "hierarchical_cnn by padded gather"
RELEASED: Final = "released_cnn"
PADDED: Final = "released_cnn by padded rows"
MORE_SLOTS: Final = "released_cnn with twice the slots"
FEWEST_REPEATS: Final = 7
"Rounds that are made at least: the goals are ratios close to 1."

LAYERS: Final = 2
"Number of segmentations for an aggregator that takes several."
SPAN_LENGTHS: Final = (0.60, 0.25, 0.10, 0.03, 0.02)
"Shares of spans of 1, 2, ... tokens, 1.62 on average: those of MRPC with a dictionary of Wikipedia's n-grams."


@dataclass(frozen=True, slots=True)
class BatchShape:
    """Shape of an encoder and of its batches.

    ``BatchShape(layers=12, dim=768, batch=16, tokens=128)``
    """

    layers: int
    dim: int
    batch: int
    tokens: int


SHAPES: Final[dict[Size, BatchShape]] = {
    "small": BatchShape(layers=2, dim=64, batch=4, tokens=32),
    "minilm": BatchShape(layers=6, dim=384, batch=16, tokens=128),
    "base": BatchShape(layers=12, dim=768, batch=16, tokens=128),
}


class TrainingStep:
    """A training step without the optimizer: forward and backward pass of encoder and aggregator.

    ``TrainingStep(encoder, aggregator, ids, span_ids, nullcontext)()``

    The optimizer is left out because it costs the same for all, so ratios are too high rather than too low.

    Parameters:
        encoder: shared by all contestants.
        aggregator: the contestant.
        ids: token ids, shape: (batch, tokens).
        span_ids: shape: (batch, tokens), or (batch, layers, tokens) for an aggregator that takes several segmentations.
        precision: context in which the forward pass runs.
    """

    def __init__(
        self, encoder: nn.Module, aggregator: Aggregator, ids: Tensor, span_ids: Tensor, precision: Callable[[], Any]
    ) -> None:
        self.encoder = encoder
        self.aggregator = aggregator
        self.ids = ids
        self.span_ids = span_ids
        self.precision = precision

    def __call__(self) -> None:
        self._back(self._loss())

    def alone(self) -> None:
        """Run the aggregator's part of a step: forward and backward pass from computed token vectors."""
        with self.precision():
            tokens = self.tokens.detach().requires_grad_()
            # Any loss through which every weight gets a gradient; its value does not affect the time.
            loss = self.aggregator(tokens, self.span_ids).sequence.float().square().sum()
        self._back(loss)

    def _back(self, loss: Tensor) -> None:
        """Run the backward pass, and drop the gradients."""
        torch.autograd.backward(loss)
        for module in (self.encoder, self.aggregator):
            module.zero_grad()
        # GPU work is asynchronous: without a wait it would be measured in the next contestant's turn.
        if self.ids.device.type == "cuda":
            torch.cuda.synchronize()

    @cached_property
    def tokens(self) -> Tensor:
        """The encoder's token vectors, shape: (batch, tokens, dim)."""
        with torch.no_grad(), self.precision():
            states: Tensor = self.encoder(self.ids).last_hidden_state
        return states

    def flops(self) -> int:
        """Return the floating-point operations of the matrix products of a step.

        PyTorch's counter does not count the LSTM of the CPU, so the number for ``span_lstm`` is too low there.
        """
        with FlopCounterMode(display=False) as counter:
            self()
        return int(counter.get_total_flops())

    def memory(self) -> float:
        """Return the MB of a step: its peak on a GPU, elsewhere what the forward pass keeps for the backward pass."""
        if self.ids.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
            self()
            return torch.cuda.max_memory_allocated() / 1e6
        # Weights are saved for the backward pass as well, but exist once and not per step.
        weights = {
            weight.untyped_storage().data_ptr()
            for module in (self.encoder, self.aggregator)
            for weight in module.parameters()
        }
        kept: dict[int, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            # By address, since several saved tensors may be views of one storage.
            if storage.data_ptr() not in weights:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = self._loss()
        total = sum(kept.values()) / 1e6
        del loss  # only now: the graph of the loss keeps the storages, whose addresses would be used again
        return total

    def _loss(self) -> Tensor:
        with self.precision():
            tokens = self.encoder(self.ids).last_hidden_state
            sequence = self.aggregator(tokens, self.span_ids).sequence
            loss: Tensor = tokens[:, 0].float().square().mean() + sequence.float().square().sum()
        return loss


def bench_aggregation(size: Size, repeats: int, names: Sequence[str] | None = None) -> BenchReport:
    """Measure a training step with each aggregator against one without.

    Args:
        size: shape of encoder and batch; the goals are those for ``base``.
        repeats: rounds in which the contestants take turns; at least ``FEWEST_REPEATS`` are made.
        names: aggregators besides ``none`` and ``hierarchical_cnn``; default: all.
    """
    shape, rounds = SHAPES[size], max(repeats, FEWEST_REPEATS)
    device = training_device()
    precision = resolve_precision("auto", device)
    steps = _steps(shape, device, lambda: autocast(precision, device), names or Aggregator.list_available())
    turns = take_turns(steps, rounds)
    alone = take_turns({name: step.alone for name, step in steps.items() if name != BASELINE}, rounds)
    flops = {name: step.flops() for name, step in steps.items()}
    memory = {name: step.memory() for name, step in steps.items()}
    report = BenchReport("aggregation")
    for name, step in steps.items():
        weights = sum(weight.numel() for weight in step.aggregator.parameters())
        report.add(f"{name}: step", 1000 * turns.of(name), "ms", note=f"{weights:,} weights")
        report.add(f"{name}: arithmetic of a step", flops[name] / 1e9, "GFLOP")
        note = "peak" if device.type == "cuda" else "kept for the backward pass"
        report.add(f"{name}: memory of a step", memory[name], "MB", note=note)
    for name in steps:
        if name != BASELINE:
            _compare(report, name, turns, alone, flops[name] / flops[BASELINE], size)
    ratio = turns.times_faster(NAIVE, OURS)
    report.add(f"{OURS} against its padded form: time of a step", ratio, "x", "<= 0.87" if size == "base" else None)
    if RELEASED in steps:
        _compare_released(report, turns, alone, memory)
    report.about = {
        "encoder": f"BERT of {shape.layers} layers, width {shape.dim}",
        "batch": f"{shape.batch} x {shape.tokens} tokens",
        "spans": f"{mean_length(random_spans(100, shape.tokens)):.2f} tokens in the mean",
        "device": device.type,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "repeats": rounds,
    }
    return report


def _steps(
    shape: BatchShape, device: torch.device, precision: Callable[[], Any], names: Sequence[str]
) -> dict[str, TrainingStep]:
    """Return the contestants, the baseline first."""
    # Equal weights for all repetitions; the values do not affect the times.
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=shape.dim,
        num_hidden_layers=shape.layers,
        # Heads of width 32 as in MiniLM, of width 64 as in BERT-base.
        num_attention_heads=shape.dim // 32 if shape.dim < 768 else 12,
        intermediate_size=4 * shape.dim,
    )
    encoder: nn.Module = BertModel(config, add_pooling_layer=False)
    encoder.to(device).train()
    ids = torch.randint(1000, config.vocab_size, (shape.batch, shape.tokens), device=device)
    layers = torch.stack([random_spans(shape.batch, shape.tokens) for _ in range(LAYERS)], 1).to(device)
    chosen = dict.fromkeys([BASELINE, OURS, *names])
    aggregators = {name: Aggregator.from_params({"type": name}, dim=shape.dim, layers=LAYERS) for name in chosen}
    aggregators[NAIVE] = PaddedCnn(shape.dim)
    if isinstance(released := aggregators.get(RELEASED), ReleasedCnn):
        aggregators[PADDED] = PaddedReleasedCnn(shape.dim)
        aggregators[MORE_SLOTS] = ReleasedCnn(shape.dim, slots=2 * released.slots)
    return {
        name: TrainingStep(encoder, aggregator.to(device).train(), ids, _taken(aggregator, layers), precision)
        for name, aggregator in aggregators.items()
    }


def _taken(aggregator: Aggregator, layers: Tensor) -> Tensor:
    """Return all segmentations for an aggregator that takes several, otherwise the first."""
    return layers if aggregator.segmentations == "several" else layers[:, 0].contiguous()


def random_spans(batch: int, tokens: int) -> Tensor:
    """Return span ids of full sequences, with lengths drawn by ``SPAN_LENGTHS``, shape: (batch, tokens)."""
    drawn = torch.multinomial(torch.tensor(SPAN_LENGTHS), batch * tokens, replacement=True)
    lengths = drawn.view(batch, tokens) + 1
    # One more column for all ends at or beyond the last token, which begin no span.
    begins = torch.zeros(batch, tokens + 1, dtype=torch.long)
    ends = lengths.cumsum(1).clamp(max=tokens)  # shape: (batch, tokens)
    begins.scatter_(1, ends, 1)
    return begins[:, :tokens].cumsum(1)


def mean_length(span_ids: Tensor) -> float:
    """Return the mean number of tokens per span of full sequences."""
    return span_ids.numel() / float((span_ids.amax(1) + 1).sum())


def _compare(report: BenchReport, name: str, turns: TurnTimes, alone: TurnTimes, floor: float, size: Size) -> None:
    """Add the figures of one aggregator relative to a step without aggregator."""
    goal = "<= 1.05" if size == "base" and name == OURS else None
    ratio = turns.times_faster(BASELINE, name)
    report.add(f"{name}: time of a step against {BASELINE}", ratio, "x", goal, floor=floor)
    share = alone.of(name) / turns.of(BASELINE)
    note = f"{share:.1%} of a step without"
    report.add(f"{name}: its own time in a step", 1000 * alone.of(name), "ms", note=note)


def _compare_released(report: BenchReport, turns: TurnTimes, alone: TurnTimes, memory: Mapping[str, float]) -> None:
    """Add the figures of ``released_cnn`` relative to the released form, which pads every span to a row."""
    own = alone.times_faster(PADDED, RELEASED)
    report.add(f"{RELEASED} against its padded form: its own time", own, "x", "<= 0.5")
    ratio = turns.times_faster(PADDED, RELEASED)
    report.add(f"{RELEASED} against its padded form: time of a step", ratio, "x")
    growth = memory[MORE_SLOTS] / memory[RELEASED]
    report.add(f"{MORE_SLOTS}: memory of a step against {RELEASED}", growth, "x", "<= 1.0")
