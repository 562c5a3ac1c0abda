"""Options of a study file that have a form of their own: slices, and rules for seeds."""
