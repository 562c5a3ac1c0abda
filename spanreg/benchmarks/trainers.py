"""Contestants of the training benchmark: this package's Trainer and transformers' Trainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from spanreg.benchmarks.harness.relay import RelayRunner
from spanreg.benchmarks.harness.scenes import TrainingSetup
from spanreg.preparation import SpanCollator
from spanreg.registry import Params
from spanreg.training.config.assembly import TRAIN, AssembledExperiment, assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.precision import Precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.evaluation.batch_predictor import BatchPredictor
from spanreg.training.evaluation.split_evaluation import evaluate_split
from spanreg.training.loop.trainer import SpanTrainer

VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class TrainingContestant:
    """One way to train, and its batches.

    ``transformers_trainer(setup, folder, "fp32", steps=100).infer()``
    """

    runner: RelayRunner
    shapes: list[tuple[int, int]]
    "Numbers of examples and tokens of every batch so far, padding included."
    infer: Callable[[], float]
    "Scores the validation split and returns the accuracy."


@dataclass(slots=True)
class RecordingCollator:
    """A collator that records the shapes of its batches.

    ``RecordingCollator(SpanCollator(tokenizer)).shapes``
    """

    collator: Callable[[Any], Any]
    shapes: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, examples: Any) -> Any:
        batch = self.collator(examples)
        rows, tokens = batch["input_ids"].shape
        self.shapes.append((rows, tokens))
        return batch


def spanreg_trainer(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, aggregator: str, compiled: bool = False
) -> TrainingContestant:
    """Return this package's training, as ``spanreg train`` runs it.

    Args:
        scene: model, data and batches.
        folder: folder for files of the Trainer.
        precision: number format of the matrix products.
        steps: number of all steps.
        aggregator: name of the aggregator.
        compiled: use ``torch.compile``.
    """
    config = scene.config(aggregator, steps)
    experiment = Experiment.from_params(Params(config))
    assembly = assemble(experiment)
    collator = SpanCollator(assembly.tokenizer, pad_to_multiple_of=scene.max_tokens if scene.full else None)
    recorded = RecordingCollator(collator)
    arguments = trainer_arguments(
        experiment.training,
        folder,
        seed=experiment.seed,
        precision=precision,
        device=training_device(),
        evaluate=False,
    )
    if compiled:
        # With the backend: transformers chooses a default one only when the arguments are created.
        arguments.torch_compile, arguments.torch_compile_backend = True, "inductor"
    given: Any = recorded
    trainer = SpanTrainer(assembly.model, assembly.splits[TRAIN], given, experiment.training, arguments, dict)
    return TrainingContestant(
        RelayRunner(trainer, scene.block, trainer.run),
        recorded.shapes,
        lambda: _accuracy(assembly, collator, precision),
    )


def _accuracy(assembly: AssembledExperiment, collator: SpanCollator, precision: Precision) -> float:
    # In batches of 64 like the rival, because the times of scoring are compared.
    scorer = BatchPredictor(assembly.model, collator, 64, precision)
    evaluated = evaluate_split(assembly.task, assembly.splits[VALIDATION], scorer)
    return float(np.mean(evaluated.scores.predictions == evaluated.labels))


def transformers_trainer(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, padded: bool = False, compiled: bool = False
) -> TrainingContestant:
    """Return the rival: transformers' model and Trainer with ``group_by_length``, on data tokenized in advance.

    Optimizer, schedule, learning rate, batch size and precision are those of ``spanreg_trainer``.

    Args:
        scene: model, data and batches.
        folder: folder for files of the Trainer.
        precision: number format of the matrix products.
        steps: number of all steps.
        padded: pad every batch to ``max_tokens`` tokens; default: to its longest sequence.
        compiled: use ``torch.compile``.
    """
    reader = Experiment.from_params(Params(scene.config("none", steps))).data
    # The model is named on the command line, and most often a folder.
    tokenizer: Any = AutoTokenizer.from_pretrained(scene.model)  # nosec B615
    model = AutoModelForSequenceClassification.from_pretrained(  # nosec B615
        scene.model, num_labels=len(reader.task.labels)
    )
    train, validation = (_tokenized(reader.read(split), tokenizer, scene.max_tokens) for split in (TRAIN, VALIDATION))
    full = padded or scene.full
    collator = DataCollatorWithPadding(tokenizer, "max_length" if full else True, scene.max_tokens if full else None)
    recorded = RecordingCollator(collator)
    trainer = Trainer(
        model,
        _arguments(scene, folder, precision, steps, compiled),
        data_collator=recorded,
        train_dataset=train,
        processing_class=tokenizer,
    )
    # It would print every log line to stdout, which belongs to the report.
    trainer.remove_callback(PrinterCallback)
    return TrainingContestant(
        RelayRunner(trainer, scene.block), recorded.shapes, lambda: _predicted(trainer, validation)
    )


def _predicted(trainer: Trainer, split: Dataset) -> float:
    predicted = trainer.predict(split)
    return float(np.mean(np.asarray(predicted.predictions).argmax(-1) == predicted.label_ids))


def _tokenized(split: Dataset, tokenizer: Any, max_tokens: int) -> Dataset:
    """Return a split as token ids, which is not measured."""
    texts: Sequence[str] = [name for name in ("text", "pair") if name in split.column_names]

    def tokenize(rows: dict[str, Any]) -> Any:
        return tokenizer(*(rows[name] for name in texts), truncation=True, max_length=max_tokens)

    # In memory, so that no Arrow cache of an earlier round is found.
    return split.map(tokenize, batched=True, remove_columns=[*texts, "idx"], keep_in_memory=True)


def _arguments(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, compiled: bool
) -> TrainingArguments:
    """Return the rival's training arguments, equal to those of this package."""
    device = training_device()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=scene.batch_size,
        per_device_eval_batch_size=64,
        learning_rate=scene.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.1,  # below 1 it is a share of all steps
        weight_decay=0.01,
        bf16=precision == "bf16",
        train_sampling_strategy="group_by_length",
        torch_compile=compiled,
        use_cpu=device.type == "cpu",
        dataloader_pin_memory=device.type == "cuda",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=1,
    )


def encoder_flops(scene: TrainingSetup, shapes: Sequence[tuple[int, int]]) -> list[int]:
    """Return the floating-point operations of the encoder in a training step, for every batch shape."""
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoConfig, AutoModel

    # The meta device counts operations without computing them.
    with torch.device("meta"):
        config = AutoConfig.from_pretrained(scene.model)  # nosec B615
        model = AutoModel.from_config(config, attn_implementation="eager")  # type: ignore[no-untyped-call]
    counted: dict[tuple[int, int], int] = {}
    for shape in set(shapes):
        ids = torch.zeros(shape, dtype=torch.long, device="meta")
        with FlopCounterMode(display=False) as counter:
            torch.autograd.backward(model(ids).last_hidden_state.sum())
        counted[shape] = int(counter.get_total_flops())
    return [counted[shape] for shape in shapes]
