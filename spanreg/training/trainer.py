"""transformers' Trainer with an order of examples, an evaluation and a loss check of our own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from spanreg.model import SpanModel
from spanreg.optimizers.base import Optimizer
from spanreg.preparation import Prepared, SpanCollator
from spanreg.registry import ConfigurationError
from spanreg.schedules.base import Schedule
from spanreg.training.loss_watch import LossWatch
from spanreg.training.options import TrainingOptions
from spanreg.training.parameter_groups import parameter_groups
from spanreg.training.sampling import EpochSampler, TokenBatches
from spanreg.training.selection import Best, Criterion
from spanreg.training.speed import fast_steps

logger = logging.getLogger(__name__)

Figures = dict[str, dict[str, float]]
"By split, then by name."


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a run learned; evaluation is not counted."""

    examples: int
    seconds: float

    @property
    def examples_per_second(self) -> float:
        return self.examples / self.seconds if self.seconds else 0.0


class SpanTrainer(Trainer):
    """Fine-tunes a span model by transformers' own loop.

    What differs: examples come in the order of an ``EpochSampler``; an evaluation scores all evaluation splits by the
    task's metrics, and leaves the random state as it was; a loss that is not finite ends the run.

    Parameters:
        model: the model.
        train: the prepared training set.
        collator: examples to a batch.
        options: the ``training`` part of the config.
        arguments: what ``trainer_arguments`` made of them.
        evaluate_splits: gives the figures of all evaluation splits.
        criterion: the figure that decides which evaluation is the best; None where there is nothing to evaluate.
        callbacks: further callbacks, progress bars among them.

    Raises:
        ConfigurationError: while training: the loss is not finite.
    """

    def __init__(
        self,
        model: SpanModel,
        train: Prepared,
        collator: SpanCollator,
        options: TrainingOptions,
        arguments: TrainingArguments,
        evaluate_splits: Callable[[], Figures],
        criterion: Criterion | None = None,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        unused = [name for name in train.dataset.column_names if name in ("idx", "length", "words")]
        super().__init__(
            model=model,
            args=arguments,
            data_collator=collator,
            train_dataset=train.dataset.remove_columns(unused),
            # Only tells the Trainer that there is something to evaluate: the splits are ours to score.
            eval_dataset=[],
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self.span_model = model
        self.best = Best(criterion) if criterion else None
        self.lengths: list[int] = list(train.dataset["length"])
        self.options = options
        self.evaluate_splits = evaluate_splits
        self.evaluations: list[dict[str, Any]] = []
        self.loss_watch = LossWatch(options, options.log_every)
        self.examples_seen = 0
        self.evaluation_seconds = 0.0

    def run(self) -> Speed:
        """Trains to the end, and leaves the model without the Trainer's wrappings."""
        started = time.perf_counter()
        with nullcontext() if self.args.torch_compile else fast_steps(self.span_model, self.args.device):
            self.train()
        seconds = time.perf_counter() - started - self.evaluation_seconds
        self.loss_watch.require_finite()
        self.accelerator.unwrap_model(self.model, keep_fp32_wrapper=False)
        return Speed(self.examples_seen, seconds)

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Scores the evaluation splits; the arguments are the base class's and are not looked at."""
        started = time.perf_counter()
        devices = [self.args.device] if self.args.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            figures = self.evaluate_splits()
        self.evaluations.append({"step": self.state.global_step, "epoch": self.state.epoch, "splits": figures})
        flat = {f"eval_{split}_{name}": figure for split, named in figures.items() for name, figure in named.items()}
        self.log(flat)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, flat)
        if self.best is not None:
            self.best.see(figures, self.state.global_step)
            if self.options.patience is not None and self.best.worse_since >= self.options.patience:
                logger.info("no better %s in %d evaluations: the run ends", self.best.criterion, self.best.worse_since)
                self.control.should_training_stop = True
        self.evaluation_seconds += time.perf_counter() - started
        return flat

    def training_step(
        self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        self.examples_seen += len(inputs["input_ids"])
        loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        self.loss_watch.see(loss, self.state.global_step + 1)
        return loss

    def make_groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Weights by learning rate and weight decay.

        Raises:
            ConfigurationError: the config's groups do not fit the model.
        """
        decaying = self.get_decay_parameter_names(model)
        return parameter_groups(dict(model.named_parameters()), self.span_model, self.options, decaying)

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            chosen = self.options.optimizer or Optimizer.from_params({})
            self.optimizer = chosen.make(self.make_groups(model or self.span_model))
            # Where torch has no default of its own, some schedules look here.
            self.optimizer.defaults["lr"] = self.options.learning_rate
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LRScheduler:
        if self.lr_scheduler is None:
            # a share rounds up: of a single step it would be all, and nothing would be learned
            warmup = max(min(self.args.get_warmup_steps(num_training_steps), num_training_steps - 1), 0)
            chosen = self.options.schedule or Schedule.from_params({})
            stepped = optimizer or self.optimizer
            assert stepped is not None
            self.lr_scheduler = chosen.make(stepped, warmup, num_training_steps)  # type: ignore[assignment]
            self._created_lr_scheduler = True
        scheduler: LRScheduler = self.lr_scheduler  # type: ignore[assignment]
        return scheduler

    def _get_learning_rate(self) -> float:
        """The highest of all groups, for the log."""
        assert self.lr_scheduler is not None
        return max(map(float, self.lr_scheduler.get_last_lr()))

    def learning_curve(self) -> list[dict[str, float]]:
        """Loss and learning rate at every logged step."""
        wanted = ("step", "epoch", "loss", "learning_rate", "grad_norm")
        return [
            {key: entry[key] for key in wanted if key in entry} for entry in self.state.log_history if "loss" in entry
        ]

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Batches by examples as the Trainer makes them, or by tokens.

        Raises:
            ConfigurationError: batches by tokens in several processes, which would not be done at the same time.
        """
        budget = self.options.tokens_per_batch
        if budget is None:
            loader: DataLoader[Any] = super().get_train_dataloader()
            return loader
        if self.args.world_size > 1:
            raise ConfigurationError(
                f"tokens_per_batch makes batches for one process, and there are {self.args.world_size}",
                path="training.tokens_per_batch",
                hint="give batch_size instead",
            )
        by_tokens: DataLoader[Any] = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=TokenBatches(self.lengths, budget, self.args.seed),
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
            pin_memory=self.args.dataloader_pin_memory,
        )
        prepared: DataLoader[Any] = self.accelerator.prepare(by_tokens)
        return prepared

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        step = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return EpochSampler(self.lengths, step, self.args.seed, grouped=self.options.group_by_length)
