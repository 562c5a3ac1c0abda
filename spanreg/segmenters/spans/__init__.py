"""Spans as offsets, and how they are found and read."""
