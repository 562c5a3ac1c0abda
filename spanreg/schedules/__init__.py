"""Schedules of the learning rate."""

from spanreg.schedules.base import Schedule

__all__ = ["Schedule"]
