"""The archive that the GLUE leaderboard takes."""
