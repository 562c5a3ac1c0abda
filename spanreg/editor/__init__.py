"""What editors and shells show of a config: schemas, completion, hover text, diagnostics."""
