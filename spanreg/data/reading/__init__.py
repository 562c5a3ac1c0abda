"""From tables to examples: labels, kinds of tasks, limits, shared columns and their checks."""
