"""Benchmarks of this package against other tools, for ``spanreg bench``."""
