"""The keys of the ``training`` part of a config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from spanreg.callbacks.base import Callback
from spanreg.metrics.base import Metric
from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, AtLeast, Between, ConfigurationError, Lazy, Needs, Search
from spanreg.schedules.base import Schedule
from spanreg.training.config.trainer_fields import TrainerFields


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Weights with their own learning rate or weight decay.

    Example:
        training: { groups: [{ parameters: 'embeddings', learning_rate: 1e-6 }] }
    """

    parameters: str
    "A regular expression, searched in the names of the model's weights."
    learning_rate: Annotated[float, AtLeast(0)] | None = None
    "Their highest learning rate; default: as without this group."
    weight_decay: Annotated[float, AtLeast(0)] | None = None
    "Default: as without this group."


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The ``training`` part of a config.

    Example:
        training: { epochs: 3, batch_size: 32, learning_rate: 5e-5, evaluate_every: 'epoch', load: 'best' }

    Raises:
        ConfigurationError: ``patience``, ``load: 'best'`` or ``keep_best`` without evaluations;
            ``max_spans`` without ``truncation: 'released'``.
    """

    epochs: Annotated[float, Above(0)] = 3.0
    "Passes over the training set; may be a fraction."
    max_steps: Annotated[int, AtLeast(1)] | None = None
    "Optimizer steps; if given, ``epochs`` has no effect."
    batch_size: Annotated[int, AtLeast(1), Search(choices=(16, 32))] = 32
    "Examples in a batch, on each device."
    tokens_per_batch: Annotated[int, AtLeast(1)] | None = None
    """Tokens in a batch, padding included; if given, ``batch_size`` and ``group_by_length`` have no effect, and a batch
    has as many examples of similar length as fit. The loss is the mean over the examples of the batch."""
    accumulation: Annotated[int, AtLeast(1)] = 1
    "Batches in an optimizer step; its loss is the mean of theirs."
    optimizer: Optimizer | None = None
    "Default: ``adamw``."
    learning_rate: Annotated[float, Above(0), Search(1e-5, 1e-4, log=True)] = 5e-5
    "Highest learning rate, reached at the end of the warm-up."
    new_parts_learning_rate: Annotated[float, Above(0)] | None = None
    "Learning rate of aggregator, fusion and head, which start from random weights; default: ``learning_rate``."
    layer_decay: Annotated[float, Above(0), Between(0, 1)] = 1.0
    "Ratio of the learning rates of neighbouring encoder layers: lower layers, and the embeddings, learn more slowly."
    warmup: Annotated[float, Between(0, 1), Search(0.0, 0.2)] = 0.1
    "Share of the steps in which the learning rate rises from 0."
    schedule: Schedule | None = None
    "Learning-rate schedule after the warm-up; default: ``linear``."
    weight_decay: Annotated[float, AtLeast(0), Search(0.0, 0.1)] = 0.01
    "Weight decay; biases and normalization weights have none."
    groups: Sequence[ParameterGroup] = ()
    "Weights with their own settings; the first group that matches a weight counts."
    clip: Annotated[float, AtLeast(0)] = 1.0
    "Largest norm of the gradient; 0: no clipping."
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    "Number format of matrix products; ``auto`` is bf16 on machines that compute in it, otherwise fp32."
    max_tokens: Annotated[int, AtLeast(4)] | None = 128
    "Longest sequence, special tokens included; longer ones are truncated. ``null``: the limit of the encoder."
    truncation: Literal["longest_first", "released"] = "longest_first"
    """Truncation of longer sequences: ``longest_first`` removes the end of the longer sentence; ``released`` removes
    whole spans as the released code does, and each sentence may have half of ``max_tokens`` and ``max_spans``, less 5
    and 3."""
    max_spans: Annotated[int, AtLeast(4), Needs("truncation", "released")] | None = None
    "Largest number of spans, special tokens included, for ``truncation: 'released'``; default: no limit."
    group_by_length: bool = True
    "Put sequences of similar length into a batch: less padding, so faster."
    evaluation_batch_size: Annotated[int, AtLeast(1)] = 64
    "Examples in a batch of an evaluation."
    evaluate_every: Annotated[int, AtLeast(1)] | Literal["epoch"] | None = "epoch"
    "Steps between two evaluations, or every epoch; ``null``: only at the end."
    metric: str | Lazy[Metric] | None = None
    """Metric that selects the best evaluation: the name of a figure, ``f1`` or ``SPLIT.f1``, or the config of a metric,
    ``{type: 'f1', positive: 'yes'}``, computed on the first split; default: the task's main metric."""
    patience: Annotated[int, AtLeast(1), Needs("evaluate_every")] | None = None
    "Evaluations without an improvement after which the training stops; default: no early stopping."
    load: Annotated[Literal["last", "best"], Needs("evaluate_every", when="best")] = "last"
    "Final weights of the run: those of the last step, or those of the best evaluation."
    checkpoint_every: Annotated[int, AtLeast(1)] | Literal["epoch"] | None = "epoch"
    "Steps between two checkpoints, or every epoch; ``null``: none, and a stopped run starts from the beginning."
    keep: Annotated[int, AtLeast(0)] = 0
    "Number of the latest checkpoints that a finished run keeps; a running one keeps at least two."
    keep_best: Annotated[bool, Needs("evaluate_every", when=True)] = False
    "Keep the checkpoint of the best evaluation, too."
    log_every: Annotated[int, AtLeast(1)] = 50
    "Steps between two log lines; the end of an epoch is always logged."
    callbacks: Sequence[Callback] = ()
    "Callbacks of the training."
    extra: TrainerFields | None = None
    "Any other field of ``transformers.TrainingArguments``."

    def __post_init__(self) -> None:
        asked = {"patience": self.patience is not None, "load": self.load == "best", "keep_best": self.keep_best}
        for key in (key for key, wanted in asked.items() if wanted and self.evaluate_every is None):
            raise ConfigurationError(f"{key} needs evaluate_every, which is null", path=key, hint="give evaluate_every")

        if self.max_spans is not None and self.truncation != "released":
            hint = "give truncation: 'released', or leave max_spans out"
            raise ConfigurationError("max_spans needs truncation: 'released'", path="max_spans", hint=hint)

    @property
    def wants_best(self) -> bool:
        """True if the run needs the weights of the best evaluation at its end."""
        return self.load == "best" or self.keep_best

    @property
    def depends_on_evaluations(self) -> bool:
        """True if the final weights depend on evaluations."""
        return self.load == "best" or self.patience is not None
