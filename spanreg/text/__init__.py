"""Text processing below all families: vocabularies, joined tokens, escaping, text files and Unicode rules."""
