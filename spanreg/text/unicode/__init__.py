"""Words, characters and spellings of Unicode text."""
