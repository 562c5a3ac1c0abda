"""transformers' Trainer with an order of examples, an evaluation and a loss check of our own."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from spanreg.model import SpanModel
from spanreg.preparation import PreparedSplit, SpanCollator
from spanreg.registry import ConfigurationError
from spanreg.training.config.optimization import make_optimizer, make_scheduler
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.parameter_groups import parameter_groups
from spanreg.training.data.batches import IndexedCollator, name_examples
from spanreg.training.data.sampling import EpochSampler, TokenBatches
from spanreg.training.evaluation.criterion import Criterion
from spanreg.training.evaluation.history import Evaluations, Figures
from spanreg.training.loop.checkpoint_callback import HELD, Flow
from spanreg.training.loop.checkpoints import Checkpoint, Checkpoints, best_step
from spanreg.training.loop.clock import Clock
from spanreg.training.loop.interruption import Interruption
from spanreg.training.loop.loss_watch import LossWatch
from spanreg.training.loop.memory import told_of_memory
from spanreg.training.loop.processes import any_process, from_main, is_main_process, wait_for_all
from spanreg.training.loop.speed import fast_steps

logger = logging.getLogger(__name__)


class SpanTrainer(Trainer):
    """Fine-tunes a span model by transformers' own loop.

    What differs: examples come in the order of an ``EpochSampler``; an evaluation scores all evaluation splits by the
    task's metrics, and leaves the random state as it was; checkpoints are whole or not there, and a training that goes
    on from one ends with the bits of one that was never stopped; a loss that is not finite ends the run.

    Parameters:
        model: the model.
        train: the prepared training set.
        collator: examples to a batch.
        options: the ``training`` part of the config.
        arguments: what ``trainer_arguments`` made of them.
        evaluate_splits: gives the figures of all evaluation splits.
        criterion: the figure that decides which evaluation is the best; None where there is nothing to evaluate.
        checkpoints: where they go; default: nowhere.
        callbacks: further callbacks, progress bars among them.

    Raises:
        ConfigurationError: while training: the loss is not finite.
    """

    def __init__(
        self,
        model: SpanModel,
        train: PreparedSplit,
        collator: SpanCollator,
        options: TrainingOptions,
        arguments: TrainingArguments,
        evaluate_splits: Callable[[], Figures],
        criterion: Criterion | None = None,
        checkpoints: Checkpoints | None = None,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        unused = [name for name in train.dataset.column_names if name in ("length", "words")]
        super().__init__(
            model=model,
            args=arguments,
            data_collator=IndexedCollator(collator),
            train_dataset=train.dataset.remove_columns(unused),
            # Only tells the Trainer that there is something to evaluate: the splits are ours to score.
            eval_dataset=[],
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self.span_model = model
        self.options = options
        self.lengths: list[int] = list(train.dataset["length"])
        self.evaluate_splits = evaluate_splits
        self.evaluations = Evaluations(criterion, options.patience)
        self.checkpoints = checkpoints
        self.flow = Flow(self)
        self.add_callback(self.flow)
        self.interruption = Interruption(checkpoints is not None and options.checkpoint_every is not None)
        self.loss_watch = LossWatch(options, options.log_every)
        self.clock = Clock()
        self.order: EpochSampler | TokenBatches
        self.examples_seen = 0
        self.scored_at = -1
        "The step whose weights the evaluation splits were last scored with."

    def run(self, checkpoint: Checkpoint | None = None) -> Figures:
        """Trains to the end, and leaves the model with its final weights and without the Trainer's wrappings.

        Args:
            checkpoint: where to go on from; default: the beginning.

        Returns:
            Figures of the final weights by evaluation split.
        """
        if checkpoint is not None:
            self.flow.restore(checkpoint.path)
        fast = nullcontext() if self.args.torch_compile else fast_steps(self.span_model, self.args.device)
        with self.interruption, fast:
            if checkpoint is not None and (self.evaluations.stopped_early or checkpoint.step >= self._last_step()):
                self._take_back(checkpoint)
            else:
                with self.clock.running():
                    self.train(str(checkpoint.path) if checkpoint else None)
            self.interruption.deferring = False
            self.loss_watch.require_finite()
            figures = self._final_figures()
        self.accelerator.unwrap_model(self.model, keep_fp32_wrapper=False)
        return figures

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Scores the evaluation splits; the arguments are the base class's and are not looked at."""
        with self.clock.stopped():
            figures = self._score()
            better = self.evaluations.add(figures, self.state.global_step, self.state.epoch)
            flat = {
                f"eval_{split}_{name}": figure for split, named in figures.items() for name, figure in named.items()
            }
            self.log(flat)
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, flat)
            self.control.should_save |= better and self.options.wants_best and self.is_in_train
            self.control.should_training_stop |= self.evaluations.stopped_early
        return flat

    def _score(self) -> Figures:
        """Figures of the present weights; the random state stays as it was."""
        devices = [self.args.device] if self.args.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            size = self.options.evaluation_batch_size
            hint = f"lower training.evaluation_batch_size (it is {size}) or training.max_tokens"
            with told_of_memory(lambda: "while the evaluation splits are scored", hint):
                figures: Figures = from_main(self.evaluate_splits())
        self.loss_watch.see_scores(figures, self.state.global_step)
        self.scored_at = self.state.global_step
        return figures

    def _final_figures(self) -> Figures:
        """Puts the weights in that the run ends with, and scores them unless that was done."""
        step = self.state.global_step
        if self.evaluations.at(step) is None:
            self.evaluate()
        best = self.evaluations.best if self.options.load == "best" else None
        if best is not None and self.checkpoints is not None and best.step not in (0, step):
            logger.info("the best evaluation was that after step %d (%s %.4f)", best.step, best.criterion, best.value)
            self.checkpoints.require_whole(best.step)
            self._load_from_checkpoint(str(self.checkpoints.path(best.step)))
            return self._score()
        figures = self.evaluations.at(step)
        # a resumed run remembers an evaluation that another process made
        return figures if figures is not None and self.scored_at == step else self._score()

    def _last_step(self) -> int:
        """How many steps the whole run has."""
        return int(self.set_initial_training_values(self.args, self.get_train_dataloader())[-1])

    def _take_back(self, checkpoint: Checkpoint) -> None:
        """Weights and history of a training that had come to its end."""
        self._load_from_checkpoint(str(checkpoint.path))
        self.state = TrainerState.load_from_json(str(checkpoint.path / TRAINER_STATE_NAME))

    def is_interrupted(self) -> bool:
        """Whether somebody wants the run to stop; the same answer in all processes."""
        return any_process(self.interruption.asked is not None)

    def set_epoch(self, epoch: int) -> None:
        """Tells the order of the examples which epoch begins."""
        self.order.set_epoch(epoch)

    def loss_sums(self) -> dict[str, float]:
        """What the Trainer has summed up for its next line of the log."""
        return {"sum": float(self._tr_loss), "total": self._total_loss_scalar, "logged": self._globalstep_last_logged}

    def set_loss_sums(self, sums: Mapping[str, float]) -> None:
        """Takes back what ``loss_sums`` gave."""
        self._tr_loss = torch.tensor(sums["sum"], device=self.args.device)
        self._total_loss_scalar = sums["total"]
        self._globalstep_last_logged = int(sums["logged"])

    def _save_checkpoint(self, model: nn.Module, trial: Any = None) -> None:
        """Writes a whole checkpoint, and ends the run where somebody asked for that."""
        if self.checkpoints is None or self.flow.must_wait():
            return
        self.loss_watch.require_finite()
        step = self.state.global_step
        with self.clock.stopped():
            with self.checkpoints.writing(step) as folder:
                self._write_checkpoint(folder)
            if is_main_process():
                self.checkpoints.prune(self.kept_steps(max(self.options.keep, HELD), with_best=self.options.wants_best))
            wait_for_all()
        if self.is_interrupted():
            hint = "the same command resumes from there"
            logger.warning("stopped after step %d of %d; %s", step, self.state.max_steps, hint)
            self.interruption.end()

    def _write_checkpoint(self, folder: Path) -> None:
        self.save_model(str(folder), _internal_call=True)
        self._save_optimizer_and_scheduler(str(folder))
        self._save_scaler(str(folder))
        self._save_rng_state(str(folder))
        if self.args.should_save:
            self.state.save_to_json(str(folder / TRAINER_STATE_NAME))
        self.flow.save(folder)

    def kept_steps(self, count: int, *, with_best: bool) -> set[int]:
        """Return the steps of the latest checkpoints, and of the best ones that these and the run know of.

        Args:
            count: how many of the latest.
            with_best: whether the best ones are wanted.
        """
        if self.checkpoints is None:
            return set()
        latest = self.checkpoints.steps()[-count:] if count else []
        best: set[int] = set()
        if with_best and self.evaluations.best is not None:
            best = {self.evaluations.best.step, *(best_step(self.checkpoints.path(step)) for step in latest)}
        return {*latest, *best}

    def training_step(
        self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        step, examples = self.state.global_step + 1, inputs.pop("idx")
        count, width = inputs["input_ids"].shape[:2]
        self.examples_seen += count * self.args.world_size

        def batch() -> str:
            return f"at step {step}, with {count} x {width} tokens: {name_examples(examples)}"

        size = "batch_size" if self.options.tokens_per_batch is None else "tokens_per_batch"
        with told_of_memory(
            batch,
            f"lower training.{size} (it is {getattr(self.options, size)}) and raise training.accumulation by as much,"
            " lower training.max_tokens, or set encoder.gradient_checkpointing",
        ):
            loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        self.loss_watch.see(loss, step, examples)
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
            self.optimizer = make_optimizer(self.options, self.make_groups(model or self.span_model))
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LRScheduler:
        if self.lr_scheduler is None:
            stepped = optimizer or self.optimizer
            assert stepped is not None
            scheduler = make_scheduler(self.options, self.args, stepped, num_training_steps)
            self.lr_scheduler = scheduler  # type: ignore[assignment]
            self._created_lr_scheduler = True
        return self.lr_scheduler  # type: ignore[return-value]

    def _get_learning_rate(self) -> float:
        """The highest of all groups, for the log."""
        assert self.lr_scheduler is not None
        return max(map(float, self.lr_scheduler.get_last_lr()))

    def learning_curve(self) -> list[dict[str, float]]:
        """Loss and learning rate at every logged step.

        A norm that overflowed, as the first of fp16 do, is left out: JSON has no word for it.
        """
        wanted = ("step", "epoch", "loss", "learning_rate", "grad_norm")
        return [
            {key: entry[key] for key in wanted if key in entry and math.isfinite(entry[key])}
            for entry in self.state.log_history
            if "loss" in entry
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
        self.order = TokenBatches(self.lengths, budget, self.args.seed)
        by_tokens: DataLoader[Any] = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=self.order,
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
            pin_memory=self.args.dataloader_pin_memory,
        )
        prepared: DataLoader[Any] = self.accelerator.prepare(by_tokens)
        return prepared

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        step = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        self.order = EpochSampler(self.lengths, step, self.args.seed, grouped=self.options.group_by_length)
        return self.order
