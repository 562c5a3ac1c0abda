"""The class that a config describes."""

from __future__ import annotations

from typing import Any

from spanreg.registry import stand_in


def experiment_class() -> Any:
    """Return the stand-in of ``Experiment``: its signature, read from the source."""
    return stand_in("spanreg.training.config.experiment", "Experiment")
