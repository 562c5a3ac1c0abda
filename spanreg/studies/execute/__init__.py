"""Running the plan of a study: its folder, its workers, its progress, and which runs are outdated."""
