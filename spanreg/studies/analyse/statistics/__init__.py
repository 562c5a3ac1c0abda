"""Statistics of the difference between two arms: tests, intervals, resampling."""
