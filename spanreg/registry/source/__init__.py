"""Classes known from their source text alone, without importing their modules."""
