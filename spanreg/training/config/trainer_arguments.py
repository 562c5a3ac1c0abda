"""Convert the ``training`` part of a config to ``TrainingArguments`` of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from spanreg.registry import ConfigurationError
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.precision import Precision


def trainer_arguments(
    options: TrainingOptions, folder: Path, *, seed: int, precision: Precision, device: torch.device, evaluate: bool
) -> TrainingArguments:
    """Return the arguments of transformers' Trainer.

    Args:
        options: the ``training`` part of the config.
        folder: the run folder.
        seed: random seed of the run.
        precision: result of ``resolve_precision``.
        device: device of the run.
        evaluate: whether there are evaluation splits.

    Raises:
        ConfigurationError: transformers rejects a field of ``extra``.
    """
    fields = {
        # Absolute, because transformers expands a "~".
        "output_dir": str(folder.absolute()),
        **_length(options),
        **_optimisation(options),
        **_evaluation(options, evaluate),
        "seed": seed,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": device.type == "cpu",
        "dataloader_pin_memory": device.type == "cuda",
        "remove_unused_columns": False,
        **_checkpoints(options),
        "logging_strategy": "steps",
        "logging_steps": options.log_every,
        # A loss that is not finite ends the run, so it must not be hidden.
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": "none",
    }
    extra = options.extra.values if options.extra else {}
    try:
        return TrainingArguments(**{**fields, **extra})
    except (ValueError, TypeError, ImportError, RuntimeError, OSError) as error:
        if not extra:
            raise
        raise ConfigurationError(
            f"transformers rejects these fields: {error}", path="training.extra", hint="see its TrainingArguments"
        ) from error


def _length(options: TrainingOptions) -> Mapping[str, Any]:
    return {
        "num_train_epochs": float(options.epochs),
        "max_steps": options.max_steps or -1,
        "per_device_train_batch_size": options.batch_size,
        "gradient_accumulation_steps": options.accumulation,
    }


def _optimisation(options: TrainingOptions) -> Mapping[str, Any]:
    """Return the fields that the Trainer uses itself; optimizer and schedule are constructed by us."""
    return {
        "learning_rate": options.learning_rate,
        # transformers reads a value below 1 as a share of the steps, and 1 as a single step.
        "warmup_steps": min(options.warmup, 1 - 1e-9),
        "max_grad_norm": options.clip,
    }


def _checkpoints(options: TrainingOptions) -> Mapping[str, Any]:
    every = options.checkpoint_every
    return {
        "save_strategy": "no" if every is None else "epoch" if every == "epoch" else "steps",
        "save_steps": every if isinstance(every, int) else 500,
    }


def _evaluation(options: TrainingOptions, evaluate: bool) -> Mapping[str, Any]:
    every = options.evaluate_every if evaluate else None
    return {
        "per_device_eval_batch_size": options.evaluation_batch_size,
        "eval_strategy": "no" if every is None else "epoch" if every == "epoch" else "steps",
        "eval_steps": every if isinstance(every, int) else None,
    }
