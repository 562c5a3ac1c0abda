"""How long a run has learned; what it does besides is not counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Counts the seconds of a training without its evaluations and checkpoints, over all its sessions."""

    def __init__(self) -> None:
        self._counted = 0.0
        self._since: float | None = None
        "When it began to run; None while it stands."

    @property
    def seconds(self) -> float:
        """All seconds so far; set it to go on from an earlier session."""
        return self._counted + (0.0 if self._since is None else time.perf_counter() - self._since)

    @seconds.setter
    def seconds(self, value: float) -> None:
        self._counted = value

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts the time of the block."""
        self._since = time.perf_counter()
        try:
            yield
        finally:
            self._counted, self._since = self.seconds, None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Leaves out the time of the block."""
        ran = self._since is not None
        self._counted, self._since = self.seconds, None
        try:
            yield
        finally:
            self._since = time.perf_counter() if ran else None
