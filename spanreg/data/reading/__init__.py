"""Columns, labels and splits, read from a source."""
