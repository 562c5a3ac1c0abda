"""Training examples: their format, order and batches."""
