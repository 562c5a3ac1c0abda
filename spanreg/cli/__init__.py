"""Thin commands: arguments, one call, one rendering."""
