"""Plan a config: check every key and type against signatures before anything is constructed."""
