"""The new parts learn first, the encoder later."""

from __future__ import annotations

from typing import Annotated, Any

from transformers import TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.registry import Between


@Callback.register("freeze_encoder")
class FreezeEncoder(Callback):
    """Keeps the encoder as it is while the new parts find their feet; registered as ``freeze_encoder``.

    In the first steps gradients of the encoder's weights are thrown away before the optimiser sees them, so that only
    aggregator, fusion and head change.

    Parameters:
        share: of all steps; default 0.1.
    """

    def __init__(self, share: Annotated[float, Between(0, 1)] = 0.1) -> None:
        self.share = share

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.global_step < self.share * state.max_steps:
            for weight in kwargs["model"].encoder.parameters():
                weight.grad = None
