"""Forms of a config: with every default, as it was given, and of earlier versions."""
