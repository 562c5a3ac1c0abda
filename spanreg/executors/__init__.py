"""Executors: where independent function calls run."""

from spanreg.executors.base import Call, Executor, Outcome

__all__ = ["Call", "Executor", "Outcome"]
