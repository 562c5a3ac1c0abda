"""The config of a training: its options, its plan, and its assembly into prepared data and a model."""
