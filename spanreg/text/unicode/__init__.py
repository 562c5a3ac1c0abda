"""Rules about Unicode text: words, characters, spellings, and UTF-8 as arrays of bytes."""
