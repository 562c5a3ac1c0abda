"""Schedules: how the learning rate changes over the steps."""

from spanreg.schedules.base import Schedule

__all__ = ["Schedule"]
