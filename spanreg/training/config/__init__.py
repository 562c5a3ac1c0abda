"""What a config says of a training, checked, and assembled into prepared data and a model."""
