"""Dictionary tables: their file, and what is derived from other tables."""
