"""Timing, material and reports for all benchmarks."""
