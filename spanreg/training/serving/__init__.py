"""Finished runs, loaded for evaluation and prediction."""
