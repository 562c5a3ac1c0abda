"""Options of a study file with a syntax or rules to check: slices, and rules for seeds."""
