"""Toy tasks for the tests of what reads runs."""

from registry_tests.toy_readers import toy_readers

__all__ = ["toy_readers"]
