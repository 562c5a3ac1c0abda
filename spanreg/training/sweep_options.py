"""The training options of a config, without what a short sweep has no use for."""

from __future__ import annotations

from dataclasses import replace

from spanreg.training.config.options import TrainingOptions


def sweep_options(options: TrainingOptions, steps: int) -> TrainingOptions:
    """The same weights, batches and optimiser for a given number of steps, with no evaluation."""
    return replace(
        options,
        max_steps=steps,
        evaluate_every=None,
        patience=None,
        checkpoint_every=None,
        load="last",
        keep_best=False,
        log_every=1,
    )
