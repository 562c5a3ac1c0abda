"""Functions that read examples, by their former module name; they are in :mod:`spanreg.training.data.examples`."""

from spanreg.training.data.examples import read_example, read_labelled_example

__all__ = ["read_example", "read_labelled_example"]
