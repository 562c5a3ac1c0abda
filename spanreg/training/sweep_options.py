"""The training options of a short training that is measured, not kept."""

from __future__ import annotations

from dataclasses import replace

from spanreg.training.config.options import TrainingOptions


def sweep_options(options: TrainingOptions, steps: int) -> TrainingOptions:
    """Return the options for a given number of steps, without evaluations and checkpoints."""
    # The options reject patience, load: 'best' and keep_best without evaluations.
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
