"""What a command sets for its process is undone after each test."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def process_as_it_was() -> Iterator[None]:
    root, package = logging.getLogger(), logging.getLogger("spanreg")
    handlers, levels = set(root.handlers), (root.level, package.level)
    on_term = signal.getsignal(signal.SIGTERM)
    yield
    for handler in set(root.handlers) - handlers:
        root.removeHandler(handler)
    root.setLevel(levels[0])
    package.setLevel(levels[1])
    signal.signal(signal.SIGTERM, on_term)
