"""The training loop on ``transformers.Trainer``: checkpoints, signals, memory, speed."""
