"""Results of a study over several tasks."""
