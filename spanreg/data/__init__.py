"""Dataset readers: the family that turns data files into labelled sentences."""

from spanreg.data.base import DatasetReader, Task

__all__ = ["DatasetReader", "Task"]
