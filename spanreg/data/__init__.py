"""Dataset readers."""

from spanreg.data.base import DatasetReader, Task

__all__ = ["DatasetReader", "Task"]
