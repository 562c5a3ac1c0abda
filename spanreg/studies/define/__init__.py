"""What a study file says: base, axes, arms, seeds, search ranges, and the plan of its runs."""
