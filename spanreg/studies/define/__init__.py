"""Study files: base, axes, arms, seeds and search space, and the plan of their runs."""
