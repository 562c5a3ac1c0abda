"""Fixtures for the tests of training: toy tasks."""

from registry_tests.toy_readers import toy_readers

__all__ = ["toy_readers"]
