"""transformers' Trainer with our order of examples, evaluation, checkpoints and loss check."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import seed_worker

from spanreg.model import SpanModel
from spanreg.preparation import PreparedSplit, SpanCollator
from spanreg.registry import ConfigurationError
from spanreg.training.config.optimization import make_optimizer, make_scheduler
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.parameter_groups import parameter_groups
from spanreg.training.data.batches import IndexedCollator, name_examples
from spanreg.training.data.sampling import EpochSampler, TokenBatches
from spanreg.training.evaluation.criterion import SelectionCriterion
from spanreg.training.evaluation.history import EvaluationHistory, Figures
from spanreg.training.loop.checkpoint_callback import MINIMUM_KEPT, CheckpointCallback
from spanreg.training.loop.checkpoints import Checkpoint, CheckpointFolder, best_step
from spanreg.training.loop.interruption import StopSignals
from spanreg.training.loop.loss_watch import LossObserver, LossWatch
from spanreg.training.loop.memory import memory_advice
from spanreg.training.loop.processes import any_process, from_main, is_main_process, wait_for_all
from spanreg.training.loop.progress import TrainingProgress
from spanreg.training.loop.speed import fast_steps
from spanreg.training.loop.step_log import StepLog

logger = logging.getLogger(__name__)

TRAINER_INTERNALS: Final = {
    "_save_checkpoint": "the only hook at which a checkpoint is due; its own code writes in place and rotates",
    "_save_optimizer_and_scheduler": "the parts of a checkpoint; their forms differ for DDP, FSDP and DeepSpeed",
    "_save_scaler": "as above, for fp16",
    "_save_rng_state": "as above; one file for each process",
    "_load_from_checkpoint": "loads weights in all of these forms",
}
"Private names of transformers' Trainer that this module needs, and why; a test reports those that move."

_LOADER_FIELDS: Final = (
    "num_workers",
    "pin_memory",
    "persistent_workers",
    "prefetch_factor",
    "multiprocessing_context",
    "in_order",
)
"Arguments of a ``DataLoader`` that ``TrainingArguments`` has under the same name with ``dataloader_`` before it."


class SpanTrainer(Trainer):
    """Fine-tunes a span model with the training loop of transformers.

    Differences: examples come in the order of an ``EpochSampler`` or of ``TokenBatches``; an evaluation computes the
    task's metrics on all evaluation splits, and does not change the random state; checkpoints appear whole or not at
    all, and a resumed training gives the same bits as one that was never stopped; a loss that is not finite ends the
    run.

    ``metrics = SpanTrainer(model, train, collator, options, arguments, evaluate_splits).run()``

    Parameters:
        model: the model.
        train: the prepared training set.
        collator: makes batches of examples.
        options: the ``training`` part of the config.
        arguments: the result of ``trainer_arguments`` for them.
        evaluate_splits: returns the metrics of all evaluation splits.
        criterion: the metric that selects the best evaluation; None if there is nothing to evaluate.
        checkpoints: where checkpoints are written; default: none are.
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
        criterion: SelectionCriterion | None = None,
        checkpoints: CheckpointFolder | None = None,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        # The collator reads neither, and strings in a batch would be decoded for every example.
        unused = [name for name in train.dataset.column_names if name in ("length", "words")]
        super().__init__(
            model=model,
            args=arguments,
            data_collator=IndexedCollator(collator),
            train_dataset=train.dataset.remove_columns(unused),
            # The Trainer evaluates only if there is a data set; ``evaluate`` does not read it.
            eval_dataset=[],
            callbacks=list(callbacks),
        )
        # The Trainer adds it if tqdm is disabled; it prints each log to standard output.
        self.remove_callback(PrinterCallback)
        # Under FSDP, the Trainer replaces ``self.model`` by its wrapper.
        self.span_model = model
        self.options = options
        self.lengths: list[int] = list(train.dataset["length"])
        self.evaluate_splits = evaluate_splits
        self.checkpoints = checkpoints
        history = EvaluationHistory(criterion, options.patience)
        self.progress = TrainingProgress(history, StepLog(self.accelerator), options.callbacks)
        self.checkpointing = CheckpointCallback(self.set_epoch, self.is_interrupted)
        for callback in (self.progress.log, self.checkpointing):
            self.add_callback(callback)
        self.signals = StopSignals(checkpoints is not None and options.checkpoint_every is not None)
        self.loss_watch: LossObserver = LossWatch(options, options.log_every)
        self.order: EpochSampler | TokenBatches
        self.scored_at = -1
        "The step whose weights the evaluation splits were last scored with."

    def run(self, checkpoint: Checkpoint | None = None) -> Figures:
        """Train to the end, and leave the model with its final weights and without the Trainer's wrappings.

        Args:
            checkpoint: where to resume; default: start from the beginning.

        Returns:
            Metrics of the final weights by evaluation split.
        """
        if checkpoint is not None:
            self.progress.restore(checkpoint.path, self.args.process_index)
            self.checkpointing.is_resumed = True
        # torch.compile traces the plain modules; it cannot see through ours.
        fast = nullcontext() if self.args.torch_compile else fast_steps(self.span_model, self.args.device)
        with self.signals, fast:
            if checkpoint is not None and self._has_ended(checkpoint):
                # Not by ``train``, which would continue a run that stopped early.
                self._load_from_checkpoint(str(checkpoint.path))
                self.state = TrainerState.load_from_json(str(checkpoint.path / TRAINER_STATE_NAME))
            else:
                with self.progress.memory.measured(self.args.device), self.progress.clock.running():
                    self.train(str(checkpoint.path) if checkpoint else None)
            # No checkpoint follows from here on, so that a signal stops the run immediately.
            self.signals.deferring = False
            # On a GPU, the losses since the last check are not read yet.
            self.loss_watch.require_finite()
            figures = self._final_figures()
        # In place: without this, the model's forward would stay under autocast, and its outputs in float32.
        self.accelerator.unwrap_model(self.model, keep_fp32_wrapper=False)
        return figures

    def _has_ended(self, checkpoint: Checkpoint) -> bool:
        """Return whether a checkpoint was written after the last step of the run."""
        # The last value is the number of steps of the run, counted as the loop counts it.
        steps = int(self.set_initial_training_values(self.args, self.get_train_dataloader())[-1])
        return self.progress.evaluations.stopped_early or checkpoint.step >= steps

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Evaluate all evaluation splits; the arguments are the base class's and have no effect."""
        history = self.progress.evaluations
        with self.progress.clock.stopped():
            figures = self._score()
            better = history.add(figures, self.state.global_step, self.state.epoch)
            flat = {
                f"eval_{split}_{name}": figure for split, named in figures.items() for name, figure in named.items()
            }
            self.log(flat)
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, flat)
            # After the training, no loop would write the checkpoint.
            self.control.should_save |= better and self.options.wants_best and self.is_in_train
            self.control.should_training_stop |= history.stopped_early
        return flat

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if "loss" in logs:
            logs.update(self.progress.log.take(self.state.global_step))
        super().log(logs, start_time)

    def _score(self) -> Figures:
        """Return the metrics of the current weights; the random state stays as it was."""
        # A run must not depend on how often it is evaluated. Without a list, torch would fork the state of every GPU.
        devices = [self.args.device] if self.args.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            size = self.options.evaluation_batch_size
            hint = f"lower training.evaluation_batch_size (it is {size}) or training.max_tokens"
            with memory_advice(lambda: "in the evaluation", hint):
                # The figures of the first process count, so that all stop early, and choose the best, at the same step.
                figures: Figures = from_main(self.evaluate_splits())
        self.loss_watch.observe_scores(figures, self.state.global_step)
        self.scored_at = self.state.global_step
        return figures

    def _final_figures(self) -> Figures:
        """Load the weights that the run ends with, and return their metrics."""
        step, history = self.state.global_step, self.progress.evaluations
        if history.at(step) is None:
            self.evaluate()
        best = history.best if self.options.load == "best" else None
        # 0: no evaluation was selected; ``step``: the model already has the best weights.
        if best is not None and self.checkpoints is not None and best.step not in (0, step):
            logger.info("loading the best evaluation, after step %d (%s %.4f)", best.step, best.criterion, best.value)
            self.checkpoints.require_whole(best.step)
            self._load_from_checkpoint(str(self.checkpoints.path(best.step)))
            return self._score()
        figures = history.at(step)
        # A resumed run has the metrics of an earlier process, but not its predictions: those are made again.
        return figures if figures is not None and self.scored_at == step else self._score()

    def is_interrupted(self) -> bool:
        """Return whether a signal asked the run to stop; the same in all processes."""
        return any_process(self.signals.received is not None)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch that the order of the examples follows."""
        self.order.set_epoch(epoch)

    def _save_checkpoint(self, model: nn.Module, trial: Any = None) -> None:
        """Write a whole checkpoint, and end the run if a signal asked for that."""
        if self.checkpoints is None or self.checkpointing.must_wait(self.state, self.control):
            return
        # On a GPU losses are checked seldom; weights that are not finite must not become a checkpoint.
        self.loss_watch.require_finite()
        step = self.state.global_step
        with self.progress.clock.stopped():
            with self.checkpoints.writing(step) as folder:
                self._write_checkpoint(folder)
            if is_main_process():
                # Only now, when the new checkpoint has its final name: a killed process must leave one to resume from.
                kept = self.kept_steps(max(self.options.keep, MINIMUM_KEPT), with_best=self.options.wants_best)
                self.checkpoints.prune(kept)
            wait_for_all()
        if self.is_interrupted():
            hint = "the same command resumes from there"
            logger.warning("stopped after step %d of %d; %s", step, self.state.max_steps, hint)
            self.signals.end()

    def _write_checkpoint(self, folder: Path) -> None:
        self.save_model(str(folder))
        self._save_optimizer_and_scheduler(str(folder))
        self._save_scaler(str(folder))
        self._save_rng_state(str(folder))
        # One process writes the common state; random states and progress are one file for each process.
        if self.args.should_save:
            self.state.save_to_json(str(folder / TRAINER_STATE_NAME))
        self.progress.save(folder, self.args.process_index)

    def kept_steps(self, count: int, *, with_best: bool) -> set[int]:
        """Return the steps of the latest checkpoints, and of the best ones that these and the run refer to.

        Args:
            count: number of latest checkpoints.
            with_best: include the best ones.
        """
        if self.checkpoints is None:
            return set()
        latest = self.checkpoints.steps()[-count:] if count else []
        best: set[int] = set()
        if with_best and self.progress.evaluations.best is not None:
            # A run that resumes from a kept checkpoint needs the best one of that time.
            best = {self.progress.evaluations.best.step, *(best_step(self.checkpoints.path(step)) for step in latest)}
        return {*latest, *best}

    def training_step(
        self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        # The model does not take ``idx``; messages name the examples by it.
        step, examples = self.state.global_step + 1, inputs.pop("idx")
        count, width = inputs["input_ids"].shape[:2]
        self.progress.examples += count * self.args.world_size
        size = "batch_size" if self.options.tokens_per_batch is None else "tokens_per_batch"
        with memory_advice(
            lambda: f"at step {step}, with {count} x {width} tokens: {name_examples(examples)}",
            f"lower training.{size} (it is {getattr(self.options, size)}) and raise training.accumulation by as much,"
            " lower training.max_tokens, or set encoder.gradient_checkpointing",
        ):
            # Divided by the number of batches in the step: with accumulation every batch counts the same, as every
            # process does in a distributed training, and not every example.
            loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        self.progress.log.add(loss)
        self.loss_watch.observe(loss, step, examples)
        return loss

    def make_groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Return the weights by learning rate and weight decay, as torch's optimizers take them.

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
        return self.lr_scheduler  # type: ignore[return-value]

    def learning_curve(self) -> list[dict[str, float]]:
        """Return loss and learning rate at every logged step.

        A gradient norm that overflowed, as in the first steps of fp16, is left out: JSON has no infinity.
        """
        wanted = ("step", "epoch", "loss", "learning_rate", "grad_norm")
        return [
            {key: entry[key] for key in wanted if key in entry and math.isfinite(entry[key])}
            for entry in self.state.log_history
            if "loss" in entry
        ]

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return batches of a number of examples, or of a number of tokens.

        Raises:
            ConfigurationError: batches of tokens in several processes, which would have different numbers of them.
        """
        # Older versions of transformers lack some of these fields.
        names = [name for name in _LOADER_FIELDS if hasattr(self.args, f"dataloader_{name}")]
        loader: DataLoader[Any] = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            collate_fn=self.data_collator,
            worker_init_fn=partial(
                seed_worker, num_workers=self.args.dataloader_num_workers, rank=self.args.process_index
            ),
            **{name: getattr(self.args, f"dataloader_{name}") for name in names},
            **self._batching(),
        )
        prepared: DataLoader[Any] = self.accelerator.prepare(loader)
        return prepared

    def _batching(self) -> dict[str, Any]:
        """Set the order of the examples, and return the arguments of a ``DataLoader`` for batches in this order."""
        if self.options.tokens_per_batch is None:
            size = self.args.train_batch_size

            step = size * self.args.gradient_accumulation_steps * self.args.world_size
            self.order = EpochSampler(self.lengths, step, self.args.seed, grouped=self.options.group_by_length)
            return {"batch_size": size, "sampler": self.order}
        if self.args.world_size > 1:
            raise ConfigurationError(
                f"tokens_per_batch makes batches for one process, and there are {self.args.world_size}",
                path="training.tokens_per_batch",
                hint="give batch_size instead",
            )
        self.order = TokenBatches(self.lengths, self.options.tokens_per_batch, self.args.seed)
        return {"batch_sampler": self.order}
