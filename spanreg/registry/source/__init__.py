"""Read classes from their source text, without importing their modules."""
