"""Scores and predictions of a model, and which of a run's evaluations is the best."""
