"""Panels about the runs: cost, curves, spans, examples, changes and origin."""
