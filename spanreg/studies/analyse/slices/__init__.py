"""Differences on subsets of the examples."""
