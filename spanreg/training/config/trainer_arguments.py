"""Convert the ``training`` part of a config to ``TrainingArguments`` of transformers."""

from __future__ import annotations

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
        "seed": seed,
        **_fields(options, precision, device, options.evaluate_every if evaluate else None),
    }
    extra = options.extra.values if options.extra else {}
    try:
        return TrainingArguments(**{**fields, **extra})
    except (ValueError, TypeError, ImportError, RuntimeError, OSError) as error:
        # Without extra fields, the error is a bug of this package and not a mistake in the config.
        if not extra:
            raise
        raise ConfigurationError(
            f"transformers rejects these fields: {error}", path="training.extra", hint="see its TrainingArguments"
        ) from error


def _fields(
    options: TrainingOptions, precision: Precision, device: torch.device, evaluate_every: int | str | None
) -> dict[str, Any]:
    """Return the fields that follow from the options and the device."""
    return {
        "num_train_epochs": float(options.epochs),
        "max_steps": options.max_steps or -1,
        "per_device_train_batch_size": options.batch_size,
        "gradient_accumulation_steps": options.accumulation,
        # Optimizer and schedule are constructed by us; these are the values that the Trainer uses itself.
        "learning_rate": options.learning_rate,
        # transformers reads a value below 1 as a share of the steps, and 1 as a single step.
        "warmup_steps": min(options.warmup, 1 - 1e-9),
        "max_grad_norm": options.clip,
        "per_device_eval_batch_size": options.evaluation_batch_size,
        "eval_strategy": _strategy(evaluate_every),
        "eval_steps": evaluate_every if isinstance(evaluate_every, int) else None,
        "save_strategy": _strategy(options.checkpoint_every),
        # 500 is the default of transformers, which other strategies than "steps" do not use.
        "save_steps": options.checkpoint_every if isinstance(options.checkpoint_every, int) else 500,
        # Autocast: the weights, and the optimizer's state, stay in float32.
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": device.type == "cpu",
        # Page-locked memory makes copies to a GPU faster; without a GPU torch only warns about it.
        "dataloader_pin_memory": device.type == "cuda",
        # The Trainer would remove the columns that the model's forward does not name, such as idx.
        "remove_unused_columns": False,
        "logging_strategy": "steps",
        "logging_steps": options.log_every,
        # A loss that is not finite ends the run, so it must not be hidden.
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": "none",
    }


def _strategy(every: int | str | None) -> str:
    """Return transformers' name for an interval: a number of steps, every epoch, or never."""
    return "no" if every is None else "epoch" if every == "epoch" else "steps"
