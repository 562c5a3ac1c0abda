"""Measurements of this package against what one would otherwise use."""
