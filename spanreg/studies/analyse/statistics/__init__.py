"""What a difference between two arms is worth."""
