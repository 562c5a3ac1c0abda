"""Restrict imports to the packages that the user names."""
