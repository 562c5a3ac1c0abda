"""Statistics over several tasks: ranks, and aggregates with bootstrap intervals."""
