"""Checks of a finished study: what a reviewer would ask about."""
