"""Readers of text, JSON lines and Parquet files that limit memory and reject damaged files."""
