"""Predictions and metrics of a model, and the selection of the best evaluation."""
