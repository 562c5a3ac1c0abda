"""Training options by their former module name; they are in :mod:`spanreg.training.config.options`."""

from spanreg.training.config.options import ParameterGroup, TrainingOptions

__all__ = ["ParameterGroup", "TrainingOptions"]
