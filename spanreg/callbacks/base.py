"""Base of the callbacks: what is called at the events of a training."""

from __future__ import annotations

from typing import Any, ClassVar

from transformers import TrainerCallback

from spanreg.registry import Registrable


class Callback(TrainerCallback, Registrable):
    """A ``TrainerCallback`` of transformers that a config can name.

    To add one: subclass, decorate with ``@Callback.register("my_callback")``, and override the events you want
    (``on_step_end``, ``on_evaluate``, ``on_log`` and so on; transformers documents them). One that must continue
    in a resumed run returns what it knows by ``state_dict`` and takes it back by ``load_state_dict``.

    Events come in every process of a distributed training: look at ``state.is_world_process_zero`` before you write
    anything.
    """

    default_implementation: ClassVar[str | None] = None

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint has to keep of it, as plain JSON; default: nothing."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes back what ``state_dict`` gave."""

    def close(self, failed: bool) -> None:
        """The run is over, its last evaluation too; also called after an error (``failed``). Default: nothing."""
