"""Searches for hyper-parameters on an Optuna storage."""
