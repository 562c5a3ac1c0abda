"""How an experiment is trained: a few well-named keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from spanreg.callbacks.base import Callback
from spanreg.metrics.base import Metric
from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, AtLeast, Between, ConfigurationError, Lazy
from spanreg.schedules.base import Schedule
from spanreg.training.config.trainer_fields import TrainerFields


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Weights that are trained otherwise than the rest.

    Example:
        training: { groups: [{ parameters: 'embeddings', learning_rate: 1e-6 }] }
    """

    parameters: str
    "A regular expression, looked for in the names of the model's weights."
    learning_rate: Annotated[float, AtLeast(0)] | None = None
    "Their highest learning rate; default: what they would have without this group."
    weight_decay: Annotated[float, AtLeast(0)] | None = None
    "Default: what they would have without this group."


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The ``training`` part of a config.

    Example:
        training: { epochs: 3, batch_size: 32, learning_rate: 5e-5, evaluate_every: 'epoch', load: 'best' }

    Raises:
        ConfigurationError: ``patience``, ``load: 'best'`` or ``keep_best`` without an evaluation to go by;
            ``max_spans`` without ``truncation: 'released'``.
    """

    epochs: Annotated[float, Above(0)] = 3.0
    "Passes over the training set; may be a fraction."
    max_steps: Annotated[int, AtLeast(1)] | None = None
    "Optimiser steps; where given, ``epochs`` is not looked at."
    batch_size: Annotated[int, AtLeast(1)] = 32
    "Examples a batch and device."
    tokens_per_batch: Annotated[int, AtLeast(1)] | None = None
    """Tokens a batch, padding included; where given, ``batch_size`` and ``group_by_length`` are not looked at, and as
    many examples of similar length make a batch as fit. The loss is the mean over the batch, whatever its size."""
    accumulation: Annotated[int, AtLeast(1)] = 1
    "Batches that make one optimiser step."
    optimizer: Optimizer | None = None
    "Default: ``adamw``."
    learning_rate: Annotated[float, Above(0)] = 5e-5
    "Highest learning rate, reached at the end of the warm-up."
    new_parts_learning_rate: Annotated[float, Above(0)] | None = None
    "That of aggregator, fusion and head, which start at random; default: ``learning_rate``."
    layer_decay: Annotated[float, Above(0), Between(0, 1)] = 1.0
    "Factor of the learning rate from each layer of the encoder to the one below, down to the embeddings."
    warmup: Annotated[float, Between(0, 1)] = 0.1
    "Share of the steps in which the learning rate rises from 0."
    schedule: Schedule | None = None
    "What the learning rate does after the warm-up; default: ``linear``."
    weight_decay: Annotated[float, AtLeast(0)] = 0.01
    "Biases and normalisation weights have none."
    groups: Sequence[ParameterGroup] = ()
    "Weights that are trained otherwise; of several groups that match a weight the first counts."
    clip: Annotated[float, AtLeast(0)] = 1.0
    "Largest norm of the gradient; 0 clips nothing."
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    "Number format of the matrix products; ``auto`` is bf16 where the machine computes in it, otherwise fp32."
    max_tokens: Annotated[int, AtLeast(4)] | None = 128
    "Longest sequence, special tokens included; longer ones are truncated. ``null`` is the encoder's own limit."
    truncation: Literal["longest_first", "released"] = "longest_first"
    """What is cut off longer sequences: ``longest_first``, the end of the longer sentence; ``released``, as in the
    released code, whole spans of each sentence, which may have half of ``max_tokens`` and ``max_spans``, less 5 and
    3."""
    max_spans: Annotated[int, AtLeast(4)] | None = None
    "Most spans of a sequence, special tokens' included, where ``truncation`` is ``released``; default: no limit."
    group_by_length: bool = True
    "Batches of sequences of similar length: less padding, so faster."
    evaluation_batch_size: Annotated[int, AtLeast(1)] = 64
    "Examples a batch when nothing is learned."
    evaluate_every: Annotated[int, AtLeast(1)] | Literal["epoch"] | None = "epoch"
    "Steps between two scorings of the evaluation splits, or every epoch; ``null``: only at the end."
    metric: str | Lazy[Metric] | None = None
    """What decides which evaluation is best: the name of a figure, ``f1`` or ``SPLIT.f1``, or the config of a metric,
    ``{type: 'f1', positive: 'yes'}``, by its main figure on the first split; default: the task's main figure."""
    patience: Annotated[int, AtLeast(1)] | None = None
    "Evaluations without a better figure after which the run ends early; default: it does not."
    load: Literal["last", "best"] = "last"
    "Whose weights the run ends with: those of the last step, or those of the best evaluation."
    checkpoint_every: Annotated[int, AtLeast(1)] | Literal["epoch"] | None = "epoch"
    "Steps between two checkpoints, or every epoch; ``null``: none, and a run that is stopped starts again."
    keep: Annotated[int, AtLeast(0)] = 0
    "How many of the latest checkpoints a finished run keeps; while it goes on, it is two at least."
    keep_best: bool = False
    "Whether the checkpoint of the best evaluation is kept, too."
    log_every: Annotated[int, AtLeast(1)] = 50
    "Steps between two lines of the log; the end of an epoch is always logged."
    callbacks: Sequence[Callback] = ()
    "Called at the events of the training."
    extra: TrainerFields | None = None
    "Any other field of ``transformers.TrainingArguments``."

    def __post_init__(self) -> None:
        asked = {"patience": self.patience is not None, "load": self.load == "best", "keep_best": self.keep_best}
        for key in (key for key, wanted in asked.items() if wanted and self.evaluate_every is None):
            raise ConfigurationError(
                f"{key} goes by evaluations, and evaluate_every is null", path=key, hint="give evaluate_every"
            )

        if self.max_spans is not None and self.truncation != "released":
            problem = f"spans are limited to {self.max_spans}, but truncation is '{self.truncation}'"
            raise ConfigurationError(problem, path="max_spans", hint="give truncation: 'released', or leave it out")

    @property
    def wants_best(self) -> bool:
        """Whether the weights of the best evaluation are needed at the end."""
        return self.load == "best" or self.keep_best

    @property
    def hangs_on_evaluations(self) -> bool:
        """Whether other evaluations could give other weights."""
        return self.load == "best" or self.patience is not None
