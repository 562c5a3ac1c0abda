"""Plans: every key and type of a config checked against signatures, before anything is constructed."""
