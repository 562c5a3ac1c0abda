"""What a config may import: nothing that the user did not name."""
