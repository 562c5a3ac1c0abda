"""Sampling of n-grams from a corpus: exact counts in bounded memory."""
