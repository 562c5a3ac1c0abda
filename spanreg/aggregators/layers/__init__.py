"""Layers that several aggregators share."""
