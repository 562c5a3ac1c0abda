"""Read Jsonnet configs, override values, and locate keys."""
