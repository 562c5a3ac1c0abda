"""Base of the callbacks that send a run's metrics to an experiment tracker."""

from __future__ import annotations

import json
import logging
import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from transformers import TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks.base import Callback
from spanreg.registry import ConfigurationError, Untracked
from spanreg.registry.faults import is_foreign
from spanreg.registry.provenance import path_of
from spanreg.storage import make_folder
from spanreg.text.reasons import reason_of

logger = logging.getLogger(__name__)

_TOTALS = ("train_", "total_flos")
"Keys of the Trainer's summary, whose times include evaluations; it is not tracked."

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

Plain = str | int | float | bool | None


class TrackerCallback(Callback):
    """Sends the config and, at every logged step and evaluation, the metrics to a tracker.

    Only the first process of a distributed training tracks. The weights of a run do not depend on it: a tracker that
    cannot start ends the run, one that fails later, such as on a full disk, is stopped with a warning.

    ``training: { callbacks: [{ type: 'tensorboard' }] }``

    To add one: subclass, decorate with ``@Callback.register("my_tracker")``, and implement ``start``, ``track`` and
    ``finish``.

    Parameters:
        folder: where the tracker writes its files; default: ``tracking/NAME`` in the run folder, with its
            ``folder_name``.

    Raises:
        ConfigurationError: when the training starts: the tracker cannot start.
    """

    folder_name: ClassVar[str] = ""
    "Name of the default folder; empty: the lower-case name of the class."

    def __init__(self, folder: Annotated[Path, Untracked()] | None = None) -> None:
        self.folder = folder
        self._started = False

    @abstractmethod
    def start(self, folder: Path, run: str, config: Mapping[str, Plain]) -> None:
        """Start tracking.

        Args:
            folder: folder for files; it exists.
            run: name of the run folder.
            config: the resolved config, with dotted keys (``training.learning_rate``).
        """

    @abstractmethod
    def track(self, step: int, figures: Mapping[str, float]) -> None:
        """Track the metrics of a step, such as ``train/loss`` and ``eval/validation_accuracy``."""

    @abstractmethod
    def finish(self, failed: bool) -> None:
        """Stop tracking."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if not state.is_world_process_zero:
            return
        run = Path(str(args.output_dir))
        folder = self.folder or run / "tracking" / (self.folder_name or type(self).__name__.lower())
        make_folder(folder)
        # Read here, not by ``RunReader``: the run is not finished, and callbacks are below the package of runs.
        written = run / "config.json"
        config = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {}
        with self._reporting_start():
            self.start(folder.absolute(), run.name, dict(leaves(config)))
        self._started = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if self._started:
            figures = {
                _grouped(name): float(value)
                for name, value in (logs or {}).items()
                if isinstance(value, int | float) and not name.startswith(_TOTALS)
            }
            with self._surviving(f"after step {state.global_step}"):
                if figures:
                    self.track(state.global_step, figures)

    def close(self, failed: bool) -> None:
        if self._started:
            # First, so that an error of ``finish`` does not lead to a second call.
            self._started = False
            with self._surviving("at the end of the training"):
                self.finish(failed)

    @contextmanager
    def _reporting_start(self) -> Iterator[None]:
        """Turn an error of the tracker's package into a mistake in the config.

        Raises:
            ConfigurationError: the block raised an error.
        """
        try:
            yield
        except ConfigurationError:
            raise
        except Exception as error:
            # One of a user's own tracker is reported with its line.
            if is_foreign(self):
                raise
            raise ConfigurationError(
                f"{self.folder_name} cannot start: {reason_of(error)}",
                path=path_of(self) or "training.callbacks",
                hint="correct its arguments, or leave the callback out",
            ) from error

    @contextmanager
    def _surviving(self, when: str) -> Iterator[None]:
        """Stop tracking with a warning if the block raises an error: the training may have taken hours."""
        try:
            yield
        except Exception as error:
            if is_foreign(self):
                raise
            # Not tried again: a client may wait for minutes for a server that is gone.
            self._started = False
            logger.warning("%s failed %s and is stopped: %s", self.folder_name, when, reason_of(error))


def _grouped(name: str) -> str:
    """Return ``eval/validation_f1`` for ``eval_validation_f1``, and ``train/loss`` for ``loss``."""
    return f"eval/{name.removeprefix('eval_')}" if name.startswith("eval_") else f"train/{name}"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Plain]]:
    """Yield the values of a nested config by their dotted keys.

    A list is one value, as JSON, and so is an object with a key that is not an identifier, such as a label of the data:
    joined by dots, such keys would be ambiguous, and not every tracker accepts them.
    """
    if isinstance(value, dict) and all(map(_NAME.fullmatch, value)):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
