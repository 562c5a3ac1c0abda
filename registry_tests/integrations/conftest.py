"""Fixture of toy tasks for the tests of integrations."""

from registry_tests.toy_readers import toy_readers

__all__ = ["toy_readers"]
