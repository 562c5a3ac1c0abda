"""Callbacks, called at the events of a training."""

from spanreg.callbacks.base import Callback

__all__ = ["Callback"]
