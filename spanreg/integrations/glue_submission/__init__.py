"""Submissions to the GLUE leaderboard."""
