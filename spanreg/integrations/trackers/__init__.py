"""Callbacks that send a run's metrics to experiment trackers."""
