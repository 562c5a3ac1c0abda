"""Configs: reading Jsonnet, overriding, and locating keys."""
