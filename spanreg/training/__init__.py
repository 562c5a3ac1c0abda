"""Fine-tuning on ``transformers.Trainer``, run folders, evaluation and prediction."""
