"""Laws of the families, one module for each, named after the family's folder."""
