"""Text, JSON lines and Parquet files, read with limits."""
