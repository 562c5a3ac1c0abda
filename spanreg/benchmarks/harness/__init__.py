"""Timing, material and reports that the benchmarks share."""
