"""SIGINT and SIGTERM during a training."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"The signals of Ctrl+C and of a scheduler that ends a job."


class StopSignals:
    """Defers the first SIGINT or SIGTERM until a checkpoint is written; the second stops the program immediately.

    A context manager. Outside of the block, in other threads than the main one, and without ``deferring``, a signal
    stops the program immediately: as ``KeyboardInterrupt``, or as ``SystemExit`` with the usual exit code.

    ``with StopSignals(deferring=True) as signals: ...``

    Parameters:
        deferring: whether there will be a checkpoint to wait for.
    """

    def __init__(self, deferring: bool) -> None:
        self.deferring = deferring
        self.received: signal.Signals | None = None
        "The last signal; None if there was none."
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        # Python lets only the main thread set handlers.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def end(self) -> NoReturn:
        """Stop the program as the received signal does by default."""
        if self.received is signal.SIGTERM:
            raise SystemExit(128 + signal.SIGTERM)
        raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_first, self.received = self.received is None, signal.Signals(number)
        # The second signal does not wait: the step may never end.
        if not (is_first and self.deferring):
            self.end()
        logger.warning("%s: writing a checkpoint after this step; send again to stop immediately", self.received.name)
