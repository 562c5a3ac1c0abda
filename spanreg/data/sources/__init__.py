"""Data files of every format, read as tables that know the place of each row."""
