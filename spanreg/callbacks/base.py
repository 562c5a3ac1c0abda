"""Base of the callbacks, which are called at the events of a training."""

from __future__ import annotations

from typing import Any, ClassVar

from transformers import TrainerCallback

from spanreg.registry import Registrable


class Callback(TrainerCallback, Registrable):
    """A ``TrainerCallback`` of transformers that a config can name.

    ``training: { callbacks: [{ type: 'freeze_encoder', share: 0.1 }] }``

    To add one: subclass, decorate with ``@Callback.register("my_callback")``, and override the events you need
    (``on_step_end``, ``on_evaluate``, ``on_log`` and so on; transformers documents them). One with a state returns it
    by ``state_dict`` and restores it by ``load_state_dict``, for resumed runs.

    Events are called in every process of a distributed training: check ``state.is_world_process_zero`` before you write
    a file.
    """

    default_implementation: ClassVar[str | None] = None

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint, as plain JSON; default: none."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what ``state_dict`` returned."""

    def close(self, failed: bool) -> None:
        """Called after the last evaluation, or after an error (``failed``). Default: nothing."""
