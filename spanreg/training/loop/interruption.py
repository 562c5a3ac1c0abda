"""SIGINT and SIGTERM while a training runs."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Puts off the first SIGINT or SIGTERM until a checkpoint is written; the second ends at once.

    A context manager: outside of the block, in other threads than the main one, and where nothing is to be put off, the
    signals end the program at once, as ``KeyboardInterrupt`` and as ``SystemExit`` with the customary exit code.

    Parameters:
        deferring: whether there will be a checkpoint to wait for.
    """

    def __init__(self, deferring: bool) -> None:
        self.deferring = deferring
        self.asked: signal.Signals | None = None
        "The signal that came, if any."
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._came) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def end(self) -> NoReturn:
        """Ends the program as the signal wanted it."""
        if self.asked is signal.SIGTERM:
            raise SystemExit(128 + signal.SIGTERM)
        raise KeyboardInterrupt

    def _came(self, number: int, frame: FrameType | None) -> None:
        first, self.asked = self.asked is None, signal.Signals(number)
        if not (first and self.deferring):
            self.end()
        logger.warning("%s: a checkpoint is written after this step; once more ends at once", self.asked.name)
