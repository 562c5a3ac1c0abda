"""transformers' Trainer with an order of examples, an evaluation and a loss check of our own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from spanreg.model import SpanModel
from spanreg.preparation import Prepared, SpanCollator
from spanreg.training.loss_watch import LossWatch
from spanreg.training.options import TrainingOptions
from spanreg.training.precision import Precision
from spanreg.training.sampling import EpochSampler
from spanreg.training.speed import fast_steps

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
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        super().__init__(
            model=model,
            args=arguments,
            data_collator=collator,
            train_dataset=train.dataset.remove_columns(["idx", "length"]),
            # Only tells the Trainer that there is something to evaluate: the splits are ours to score.
            eval_dataset=[],
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self.span_model = model
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
        self.evaluation_seconds += time.perf_counter() - started
        return flat

    def training_step(
        self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        self.examples_seen += len(inputs["input_ids"])
        loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        self.loss_watch.see(loss, self.state.global_step + 1)
        return loss

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> Any:
        # a share rounds up: of a single step it would be all, and nothing would be learned
        warmup = min(self.args.get_warmup_steps(num_training_steps), num_training_steps - 1)
        self.args.warmup_steps = max(warmup, 0)
        return super().create_scheduler(num_training_steps, optimizer)

    def learning_curve(self) -> list[dict[str, float]]:
        """Loss and learning rate at every logged step."""
        wanted = ("step", "epoch", "loss", "learning_rate", "grad_norm")
        return [
            {key: entry[key] for key in wanted if key in entry} for entry in self.state.log_history if "loss" in entry
        ]

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        step = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return EpochSampler(self.lengths, step, self.args.seed, grouped=self.options.group_by_length)


def trainer_arguments(
    options: TrainingOptions, folder: Path, *, seed: int, precision: Precision, device: torch.device, evaluate: bool
) -> TrainingArguments:
    """Our keys in transformers' words.

    Args:
        options: the ``training`` part of the config.
        folder: the run folder.
        seed: of the run.
        precision: what ``resolve_precision`` decided.
        device: where the run happens.
        evaluate: whether to score the evaluation splits after every epoch.
    """
    return TrainingArguments(
        output_dir=str(folder),
        **_length(options),
        **_optimisation(options),
        seed=seed,
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        use_cpu=device.type == "cpu",
        dataloader_pin_memory=device.type == "cuda",
        remove_unused_columns=False,
        eval_strategy="epoch" if evaluate else "no",
        save_strategy="no",
        logging_strategy="steps",
        logging_steps=options.log_every,
        # A loss that is not finite must be seen: it ends the run.
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
    )


def _length(options: TrainingOptions) -> Mapping[str, Any]:
    return {
        "num_train_epochs": float(options.epochs),
        "max_steps": options.max_steps or -1,
        "per_device_train_batch_size": options.batch_size,
        "per_device_eval_batch_size": options.evaluation_batch_size,
        "gradient_accumulation_steps": options.accumulation,
    }


def _optimisation(options: TrainingOptions) -> Mapping[str, Any]:
    constant = options.schedule == "constant"
    return {
        "learning_rate": options.learning_rate,
        "lr_scheduler_type": "constant_with_warmup" if constant else options.schedule,
        # Below 1 it is a share of the steps; 1 itself would be a single step.
        "warmup_steps": min(options.warmup, 1 - 1e-9),
        "weight_decay": options.weight_decay,
        "max_grad_norm": options.clip,
    }
