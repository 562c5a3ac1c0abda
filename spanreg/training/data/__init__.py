"""Training examples: their form, their order, and their batches."""
