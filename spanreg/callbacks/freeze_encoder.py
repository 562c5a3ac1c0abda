"""Train the new parts first, and the encoder later."""

from __future__ import annotations

from typing import Annotated, Any

from transformers import TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.registry import Between


@Callback.register("freeze_encoder")
class FreezeEncoder(Callback):
    """Freezes the encoder in the first steps; registered as ``freeze_encoder``.

    The gradients of the encoder's weights are removed before the optimizer step, so that only aggregator, fusion and
    head change. They still count in the norm that ``training.clip`` limits.

    ``training: { callbacks: [{ type: 'freeze_encoder', share: 0.1 }] }``

    Parameters:
        share: share of all steps in which the encoder is frozen; default 0.1.
    """

    def __init__(self, share: Annotated[float, Between(0, 1)] = 0.1) -> None:
        self.share = share

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.global_step < self.share * state.max_steps:
            # Removed, not set to 0: an optimizer skips a weight without a gradient, but decays one whose gradient is 0.
            for weight in kwargs["model"].encoder.parameters():
                weight.grad = None  # not requires_grad: the optimizer's groups, and checkpoints, stay the same
