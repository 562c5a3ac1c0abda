"""Contestants in training: this package's Trainer and transformers' own, as its users write it."""

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
from spanreg.training.config.assembly import TRAIN, Assembly, assemble
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.precision import Precision, training_device
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.evaluation.batch_predictor import Scorer
from spanreg.training.evaluation.split_evaluation import evaluate_split
from spanreg.training.loop.trainer import SpanTrainer

VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class TrainingContestant:
    """One way to train, and what came of it."""

    runner: RelayRunner
    shapes: list[tuple[int, int]]
    "Examples and tokens of every batch so far, padding included."
    infer: Callable[[], float]
    "Scores the validation split and gives the share of right labels."


@dataclass(slots=True)
class RecordedTraining:
    """A collator that remembers the shapes of the batches it made."""

    collator: Callable[[Any], Any]
    shapes: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, examples: Any) -> Any:
        batch = self.collator(examples)
        examples_, tokens = batch["input_ids"].shape
        self.shapes.append((examples_, tokens))
        return batch


def spanreg_trainer(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, aggregator: str, compiled: bool = False
) -> TrainingContestant:
    """This package, as ``spanreg train`` runs it.

    Args:
        scene: model, data and batches.
        folder: where the Trainer may write.
        precision: of the matrix products.
        steps: in all.
        aggregator: name of the aggregator.
        compiled: whether by ``torch.compile``.
    """
    config = scene.config(aggregator, steps)
    experiment = Experiment.from_params(Params(config))
    assembly = assemble(experiment, config)
    collator = SpanCollator(assembly.tokenizer, pad_to_multiple_of=scene.max_tokens if scene.full else None)
    noted = RecordedTraining(collator)
    arguments = trainer_arguments(
        experiment.training,
        folder,
        seed=experiment.seed,
        precision=precision,
        device=training_device(),
        evaluate=False,
    )
    if compiled:
        arguments.torch_compile, arguments.torch_compile_backend = True, "inductor"
    given: Any = noted
    trainer = SpanTrainer(assembly.model, assembly.splits[TRAIN], given, experiment.training, arguments, dict)
    return TrainingContestant(
        RelayRunner(trainer, scene.block, trainer.run), noted.shapes, lambda: _accuracy(assembly, collator, precision)
    )


def _accuracy(assembly: Assembly, collator: SpanCollator, precision: Precision) -> float:
    scorer = Scorer(assembly.model, collator, 64, precision)
    evaluated = evaluate_split(assembly.task, assembly.splits[VALIDATION], scorer)
    return float(np.mean(evaluated.scores.predictions == evaluated.labels))


def transformers_trainer(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, padded: bool = False, compiled: bool = False
) -> TrainingContestant:
    """The rival: transformers' model with a head, its Trainer with ``group_by_length``, the data tokenized before.

    Optimiser, schedule, learning rate, batch size and precision are those of ``spanreg_trainer``.

    Args:
        scene: model, data and batches.
        folder: where the Trainer may write.
        precision: of the matrix products.
        steps: in all.
        padded: whether every batch has ``max_tokens`` tokens; default: as many as its longest sequence.
        compiled: whether by ``torch.compile``.
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
    noted = RecordedTraining(collator)
    trainer = Trainer(
        model,
        _arguments(scene, folder, precision, steps, compiled),
        data_collator=noted,
        train_dataset=train,
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    return TrainingContestant(RelayRunner(trainer, scene.block), noted.shapes, lambda: _predicted(trainer, validation))


def _predicted(trainer: Trainer, split: Dataset) -> float:
    predicted = trainer.predict(split)
    return float(np.mean(np.asarray(predicted.predictions).argmax(-1) == predicted.label_ids))


def _tokenized(split: Dataset, tokenizer: Any, max_tokens: int) -> Dataset:
    texts: Sequence[str] = [name for name in ("text", "pair") if name in split.column_names]

    def tokenize(rows: dict[str, Any]) -> Any:
        return tokenizer(*(rows[name] for name in texts), truncation=True, max_length=max_tokens)

    return split.map(tokenize, batched=True, remove_columns=[*texts, "idx"], keep_in_memory=True)


def _arguments(
    scene: TrainingSetup, folder: Path, precision: Precision, steps: int, compiled: bool
) -> TrainingArguments:
    device = training_device()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=scene.batch_size,
        per_device_eval_batch_size=64,
        learning_rate=scene.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.1,
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
    """Floating-point operations of the encoder's matrix products in a training step, for every shape of batch."""
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoConfig, AutoModel

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
