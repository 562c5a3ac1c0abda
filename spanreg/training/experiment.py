"""The experiment by its former module name; it is in :mod:`spanreg.training.config.experiment`."""

from spanreg.training.config.experiment import Experiment

__all__ = ["Experiment"]
