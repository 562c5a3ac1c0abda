"""Dictionary tables: their file format, and tables derived from others."""
