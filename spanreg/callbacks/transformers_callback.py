"""A callback of transformers, or of an included package, by its dotted name."""

from __future__ import annotations

from typing import Annotated, Any

from transformers.trainer_callback import TrainerCallback

from spanreg.callbacks.base import Callback
from spanreg.registry import AllowImports, ConfigurationError


@Callback.register("transformers")
class TransformersCallback(Callback):
    """A callback written for ``transformers.Trainer``, unchanged; registered as ``transformers``.

    Its state is not part of a checkpoint: in a resumed run it starts from the beginning.

    ``training: { callbacks: [{ type: 'transformers', callback: 'transformers.DefaultFlowCallback' }] }``

    Source: transformers.

    Parameters:
        callback: dotted name of a subclass of ``transformers.TrainerCallback``, such as
            ``transformers.EarlyStoppingCallback``; one of another package needs ``--include-package``.
        arguments: arguments of its ``__init__``; default: none.

    Raises:
        ConfigurationError: it does not take these arguments.
    """

    def __init__(
        self,
        callback: Annotated[type[TrainerCallback], AllowImports(("transformers",))],
        arguments: dict[str, Any] | None = None,
    ) -> None:
        try:
            self.inner = callback(**(arguments or {}))
        except TypeError as error:
            raise ConfigurationError(
                f"{callback.__name__} does not take these arguments: {error}",
                path="arguments",
                hint="give the arguments that it takes",
            ) from error
        # Set on the instance, since the base class defines every event as a method that does nothing.
        for event in (name for name in dir(TrainerCallback) if name.startswith("on_")):
            setattr(self, event, getattr(self.inner, event))
