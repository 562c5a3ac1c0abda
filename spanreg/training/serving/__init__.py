"""Finished runs, loaded to evaluate and predict."""
