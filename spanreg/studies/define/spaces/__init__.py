"""Search spaces: the values that a search may choose, and the arms that it tunes."""
