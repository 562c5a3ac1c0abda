"""Studies that leave their folder: packs, merging, and verification."""
