"""Searches for hyper-parameters on an Optuna storage, and seeds that are added until differences are decided."""
