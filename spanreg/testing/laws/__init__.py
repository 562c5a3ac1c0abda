"""The laws of each family, one module for each."""
