"""Effects of the pieces and the axes of a study, and their interactions."""
