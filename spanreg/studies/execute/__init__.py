"""Run the plan of a study: its folder, workers, progress, and outdated runs."""
