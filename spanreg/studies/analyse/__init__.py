"""Results of a study: scores of arms, comparisons with the baseline, and choices among arms."""
