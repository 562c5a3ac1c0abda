"""Fields of transformers' ``TrainingArguments`` that a config can set in addition to our own keys."""

from __future__ import annotations

from typing import ClassVar

from spanreg.registry import ForeignFields


class TrainerFields(ForeignFields):
    """The fields of ``transformers.TrainingArguments`` in ``training.extra``.

    Names and types are read from transformers' source, so that ``spanreg check`` does not import it. Rejected are
    fields for which there is a key of ours, that have no effect with our evaluation, checkpoints and order of examples,
    or that upload something.

    Parameters:
        values: values by name of the field.

    Example:
        training: { extra: { dataloader_num_workers: 2, torch_compile: true } }
    """

    foreign: ClassVar[tuple[str, str, str]] = ("transformers", "training_args", "TrainingArguments")
    reserved: ClassVar[dict[str, str]] = {
        "output_dir": "name the run folder with -s",
        "per_device_train_batch_size": "give training.batch_size",
        "num_train_epochs": "give training.epochs",
        "max_steps": "give training.max_steps",
        "learning_rate": "give training.learning_rate",
        "lr_scheduler_type": "give training.schedule",
        "lr_scheduler_kwargs": "give training.schedule, whose options are keys next to its type",
        "warmup_steps": "give training.warmup",
        "optim": "give training.optimizer",
        "optim_args": "give training.optimizer, whose options are keys next to its type",
        "optim_target_modules": "give training.groups",
        "weight_decay": "give training.weight_decay",
        "adam_beta1": "give betas in training.optimizer",
        "adam_beta2": "give betas in training.optimizer",
        "adam_epsilon": "give eps in training.optimizer",
        "gradient_accumulation_steps": "give training.accumulation",
        "max_grad_norm": "give training.clip",
        "label_smoothing_factor": "give label_smoothing in head",
        "bf16": "give training.precision",
        "fp16": "give training.precision",
        "bf16_full_eval": "give training.precision",
        "fp16_full_eval": "give training.precision",
        "activation_checkpointing": "give gradient_checkpointing in encoder",
        "activation_checkpointing_kwargs": "give gradient_checkpointing in encoder",
        "gradient_checkpointing": "give gradient_checkpointing in encoder",
        "gradient_checkpointing_kwargs": "give gradient_checkpointing in encoder",
        "auto_find_batch_size": "give training.batch_size: the size that it finds differs between machines",
        "train_sampling_strategy": "give training.group_by_length",
        "length_column_name": "remove it: spanreg knows the lengths",
        "logging_strategy": "give training.log_every",
        "logging_steps": "give training.log_every",
        "logging_nan_inf_filter": "remove it: a loss that is not finite ends the run",
        "disable_tqdm": "remove it: the commands show progress, and -q turns that off",
        "report_to": "give training.callbacks",
        "eval_strategy": "give training.evaluate_every",
        "eval_steps": "give training.evaluate_every",
        "eval_delay": "give training.evaluate_every",
        "eval_on_start": "give training.evaluate_every",
        "per_device_eval_batch_size": "give training.evaluation_batch_size",
        "prediction_loss_only": "remove it: spanreg has its own evaluation",
        "eval_do_concat_batches": "remove it: spanreg has its own evaluation",
        "eval_use_gather_object": "remove it: spanreg has its own evaluation",
        "eval_accumulation_steps": "remove it: spanreg has its own evaluation",
        "include_for_metrics": "remove it: spanreg has its own evaluation",
        "batch_eval_metrics": "remove it: spanreg has its own evaluation",
        "save_strategy": "give training.checkpoint_every",
        "save_steps": "give training.checkpoint_every",
        "save_total_limit": "give training.keep",
        "save_only_model": "remove it: checkpoints are always complete",
        "enable_jit_checkpoint": "remove it: SIGTERM always writes a checkpoint",
        "load_best_model_at_end": "give training.load",
        "metric_for_best_model": "give training.metric",
        "greater_is_better": "remove it: the metric defines it",
        "seed": "give seed",
        "data_seed": "give seed",
        "use_cpu": "remove it, and hide the GPUs with the environment variable CUDA_VISIBLE_DEVICES",
        "dataloader_drop_last": "remove it: all examples are used",
        "remove_unused_columns": "remove it: all columns are used",
        "label_names": "remove it: spanreg knows the labels",
        "resume_from_checkpoint": "remove it: 'spanreg train' resumes an existing run",
        "ignore_data_skip": "remove it: a resumed run continues with the remaining examples",
        "restore_callback_states_from_checkpoint": "remove it: callbacks are restored",
        "do_train": "remove it: it does nothing",
        "do_eval": "remove it: it does nothing",
        "do_predict": "remove it: it does nothing",
        "local_rank": "remove it: the launcher sets it",
        # A config may come from a stranger, with the token of their account. Bandit takes this hint for a token.
        # One line for each key: `spanreg check` reads this table from the source, and evaluates no call.
        "push_to_hub": "remove it: upload a finished run's folder 'model' yourself",
        "hub_token": "remove it: upload a finished run's folder 'model' yourself",  # nosec B105
        "hub_model_id": "remove it: upload a finished run's folder 'model' yourself",
        "hub_strategy": "remove it: upload a finished run's folder 'model' yourself",
        "hub_private_repo": "remove it: upload a finished run's folder 'model' yourself",
        "hub_always_push": "remove it: upload a finished run's folder 'model' yourself",
        "hub_revision": "remove it: upload a finished run's folder 'model' yourself",
    }
