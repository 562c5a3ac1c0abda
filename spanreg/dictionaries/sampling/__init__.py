"""Sampling of n-grams from a corpus, with exact counts in bounded memory."""
